import type { Socket } from "node:net";

import type { ServerKind } from "./open-answer.ts";
import { isAnswer } from "./is-answer.ts";
import { openAnswer } from "./open-answer.ts";
import { serveCommands } from "./serve-commands.ts";
import { readShortStamp, shortStampLength, shortStampSign } from "./stamp.ts";

/** The reader of one answer whose chunks are short stamps, in a separate process. */
interface Reading {
  readonly kind: ServerKind;
  readonly url: string;
  readonly question: string;
}

export interface FloodRead {
  /** How many chunks arrived. */
  readonly chunks: number;
  /** How many chunks did not arrive, or not in their order. */
  readonly missing: number;
}

/** The part of an end stamp that contains the number of chunks. */
const endPattern = /\^(\d{6}):/;
const endLength = 8;

/** Resolves when the end stamp has arrived. */
function readToEnd(socket: Socket): Promise<FloodRead> {
  return new Promise((resolve, reject) => {
    let rest = "";
    let next = 0;
    let hasBegun = false;
    let chunks = 0;
    socket.on("data", (bytes: Buffer) => {
      const text = rest + bytes.toString("latin1");
      if (!hasBegun && !isAnswer(text)) reject(new Error(text.slice(0, 300)));
      hasBegun = true;
      let from = text.indexOf(shortStampSign);
      while (from !== -1 && from + shortStampLength <= text.length) {
        const index = readShortStamp(text, from);
        // The event at the end repeats the whole answer.
        if (index >= next) {
          chunks++;
          next = index + 1;
        }
        from = text.indexOf(shortStampSign, from + shortStampLength);
      }
      const end = endPattern.exec(text);
      if (end !== null) {
        resolve({ chunks, missing: Number(end[1]) - chunks });
        socket.destroy();
      }
      rest = from === -1 ? text.slice(-endLength) : text.slice(from);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${chunks} chunks: ${rest}`)));
  });
}

serveCommands({
  read: async ({ kind, url, question }: Reading) =>
    await readToEnd(await openAnswer(kind, new URL(url), question)),
});
