import { writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { Session } from "node:inspector/promises";
import type { AddressInfo } from "node:net";

/** What a server under test reports about itself. */
export interface ServerStats {
  /** CPU time in microseconds. */
  readonly cpu: NodeJS.CpuUsage;
  /** Resident memory in bytes. */
  readonly rss: number;
  /** Bytes on the heap and in buffers. Use `collect` to count only what is reachable. */
  readonly used: number;
}

function stats(): ServerStats {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpu: process.cpuUsage(), rss, used: heapUsed + external };
}

const inspector = new Session();

const commands: { readonly [command: string]: (input: unknown) => unknown } = {
  stats,
  collect: async () => {
    globalThis.gc?.();
    // What a `FinalizationRegistry` holds is free after that.
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
    return stats();
  },
  startProfile: async () => {
    inspector.connect();
    await inspector.post("Profiler.enable");
    await inspector.post("Profiler.start");
  },
  endProfile: async (path) => {
    const { profile } = await inspector.post("Profiler.stop");
    inspector.disconnect();
    writeFileSync(String(path), JSON.stringify(profile));
  },
};

/** Listens on a free port and handles the benchmark's commands. */
export function serve(server: Server, more: typeof commands = {}): void {
  const all = { ...commands, ...more };
  process.on(
    "message",
    ({ id, command, input }: { id: number; command: string; input: unknown }) => {
      void Promise.resolve(all[command]?.(input)).then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, error: String(error) }),
      );
    },
  );
  process.on("disconnect", () => process.exit(0));
  server.listen(0, "127.0.0.1", 4096, () => {
    // A server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo;
    process.send?.({ id: 0, result: { url: `http://127.0.0.1:${port}` } });
  });
}
