import type { FloodRead } from "./flood-reader.ts";
import type { ServerKind } from "./open-answer.ts";
import { profiled } from "./profiled.ts";
import { ProcessGroup } from "./process-group.ts";
import { isOurs } from "./scenario.ts";
import type { ServerStats } from "./servers/serve.ts";
import { spentCpu } from "./spent-cpu.ts";
import { endStamp, shortStampLength } from "./stamp.ts";

/** `core-loop` reads the provider with core, in the server itself. */
export type FloodKind = Exclude<ServerKind, "ours-pg" | "ours-trpc"> | "core-loop";

export interface Flood {
  /** The server's CPU time for a chunk, in microseconds. */
  readonly cpuPerChunk: number;
  /** From the question to the end of the text; of ours, to the end of saving. */
  readonly seconds: number;
  /** How many chunks did not arrive. */
  readonly missing: number;
}

const chunks = 50_000;

/** Measures one answer that the provider sends as fast as the server takes it, after another that is the warm-up. */
export async function measureFlood(
  file: (name: string) => string,
  kind: FloodKind,
  serverArgs: readonly string[] = [],
): Promise<Flood> {
  const processes = new ProcessGroup(file);
  try {
    const provider = await processes.start<{ url: string }>("provider", "load", []);
    const args = [provider.ready.url, ...serverArgs];
    const name = `servers/${kind !== "core-loop" && isOurs(kind) ? "ours" : kind}`;
    const server = await processes.start<{ url: string }>(name, "server", args);
    const reader =
      kind === "core-loop" ? null : (await processes.start("flood-reader", "load", [])).child;
    const question = JSON.stringify({ rate: 0, prefix: 0, flood: chunks });
    const read = async (): Promise<number> => {
      if (reader === null) {
        const length = await server.child.call<number>("ask", question);
        return chunks - (length - endStamp(0, 0).length) / shortStampLength;
      }
      const input = { kind, url: server.ready.url, question };
      const { missing } = await reader.call<FloodRead>("read", input);
      // What is saved at the end belongs to the answer.
      if (kind.startsWith("ours")) await server.child.call("settle");
      return missing;
    };
    const warmUp = await read();
    const before = await server.child.call<ServerStats>("collect");
    const startedAt = performance.now();
    const missing = warmUp + (await profiled(server.child, `flood-${kind}`, read));
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await server.child.call<ServerStats>("stats");
    return { cpuPerChunk: spentCpu(before, after) / chunks, seconds, missing };
  } finally {
    await processes.stop();
  }
}
