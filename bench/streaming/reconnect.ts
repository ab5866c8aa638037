import type { PinnedProcess } from "./pinned-process.ts";
import { profiled } from "./profiled.ts";
import { ProcessGroup } from "./process-group.ts";
import type { EndedReaders } from "./reconnecting-readers.ts";
import type { ServerStats } from "./servers/serve.ts";
import { spentCpu } from "./spent-cpu.ts";

export interface Cuts {
  /** From each cut to the first new event of the reader, in milliseconds. */
  readonly times: readonly number[];
  /** The shares of their cores that the server, and the provider and the readers, used meanwhile, from 0 to 1. */
  readonly serverShare: number;
  readonly loadShare: number;
  /** The server's CPU time for each cut, with the streaming in the meantime, in milliseconds. */
  readonly cpuOfEach: number;
}

export interface Reconnects {
  /** One reader is cut at a time, while the others read on. */
  readonly single: Cuts;
  /** All are cut at the same moment. */
  readonly together: Cuts;
  /** How many chunks never arrived, and how many arrived more than once. */
  readonly missing: number;
  readonly repeated: number;
  readonly failures: readonly string[];
}

const load = { answers: 10, readersOfEach: 100 };
export const reconnectingReaders = load.answers * load.readersOfEach;
/** After this time, in milliseconds, the load is steady again. */
const steadyMs = 2_000;

/** Measures how soon readers of `ours` that lose their connection have new text again. */
export async function measureReconnects(
  file: (name: string) => string,
  databaseUrl: string,
  { cuts, rounds }: { readonly cuts: number; readonly rounds: number },
): Promise<Reconnects> {
  const processes = new ProcessGroup(file);
  try {
    const provider = await processes.start<{ url: string }>("provider", "load", []);
    const args = [provider.ready.url, databaseUrl];
    const server = await processes.start<{ url: string }>("servers/ours", "server", args);
    const readers = (await processes.start("reconnecting-readers", "load", [])).child;
    const stats = async () => {
      const of = (child: PinnedProcess) => child.call<Pick<ServerStats, "cpu">>("stats");
      const loads = await Promise.all([of(readers), of(provider.child)]);
      return { server: await of(server.child), loads, at: performance.now() };
    };
    const measure = async (count: number, cut: () => Promise<readonly number[]>) => {
      const times: number[] = [];
      const spent = { ms: 0, server: 0, load: 0 };
      for (let round = 0; round < count; round++) {
        const before = await stats();
        times.push(...(await cut()));
        const after = await stats();
        spent.ms += after.at - before.at;
        spent.server += spentCpu(before.server, after.server) / 1000;
        for (const [index, one] of before.loads.entries())
          spent.load += spentCpu(one, after.loads[index] ?? one) / 1000;
        if (count > 1) await pause(steadyMs);
      }
      return {
        times,
        serverShare: spent.server / spent.ms,
        loadShare: spent.load / spent.ms,
        cpuOfEach: spent.server / times.length,
      };
    };
    const question = JSON.stringify({ rate: 50, prefix: 0 });
    await readers.call("open", { url: server.ready.url, question, ...load });
    // The first seconds compile the code, and write what the readers have missed.
    await pause(steadyMs);
    const single = await measure(1, async () => {
      const times: number[] = [];
      for (let index = 0; index < cuts; index++)
        times.push(await readers.call<number>("cut", index));
      return times;
    });
    const together = await profiled(server.child, "reconnect", () =>
      measure(rounds, () => readers.call<number[]>("cutAll")),
    );
    const ended = readers.call<EndedReaders>("ended");
    await provider.child.call("finish");
    return { single, together, ...(await ended) };
  } finally {
    await processes.stop();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
