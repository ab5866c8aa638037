import { send } from "./open-answer.ts";
import { ReconnectingReader } from "./reconnecting-reader.ts";
import { serveCommands } from "./serve-commands.ts";

/** Readers that are cut off, in a separate process. Each of a few answers has many of them. */
interface Opening {
  readonly url: string;
  readonly answers: number;
  readonly readersOfEach: number;
  readonly question: string;
}

export interface EndedReaders {
  readonly missing: number;
  readonly repeated: number;
  readonly failures: readonly string[];
}

let readers: readonly ReconnectingReader[] = [];

serveCommands({
  /** Resolves when each reader has its first event. */
  open: async ({ url, answers, readersOfEach, question }: Opening) => {
    const ids = await Promise.all(
      Array.from({ length: answers }, () => send(new URL(url), question)),
    );
    // Those of one answer do not follow each other.
    readers = Array.from({ length: readersOfEach }, () =>
      ids.map((id) => new ReconnectingReader(new URL(url), id)),
    ).flat();
    await Promise.all(readers.map((reader) => reader.open()));
  },
  stats: () => ({ cpu: process.cpuUsage() }),
  /** Cuts off one reader. Resolves with the milliseconds until its first new event. */
  cut: (index: number) => readers[index]?.cut(),
  /** Cuts off all of them at once. */
  cutAll: () => Promise.all(readers.map((reader) => reader.cut())),
  /** Resolves when all answers have ended. */
  ended: async (): Promise<EndedReaders> => {
    const results = await Promise.allSettled(readers.map((reader) => reader.ended));
    const failures = results.flatMap((one) =>
      one.status === "rejected" ? [String(one.reason)] : [],
    );
    const sum = (field: "missing" | "repeated"): number =>
      readers.reduce((total, reader) => total + reader[field], 0);
    return { missing: sum("missing"), repeated: sum("repeated"), failures };
  },
});
