import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { SeededRandom } from "../seeded-random.ts";

/** A proxy that breaks each response at some byte or after some time, and answers 503 now and then. */
export interface CuttingProxy {
  readonly url: string;
  /** How many connections it broke. */
  readonly cuts: number;
  /** How many connections it answered with 503. */
  readonly refusals: number;
  /** How many bytes reached the client. */
  readonly bytes: number;
  /** Leaves all further connections alone. */
  calm(): void;
  close(): Promise<void>;
}

const refusal =
  "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

export async function startCuttingProxy(target: string, seed: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const random = new SeededRandom(seed);
  const sockets = new Set<Socket>();
  const counts = { cuts: 0, refusals: 0, bytes: 0 };
  let isCalm = false;

  function pass(client: Socket): void {
    const server = connect(Number(port), hostname);
    const plan = planCut(random);
    let left = isCalm ? Infinity : plan.bytes;
    const cut = (): void => {
      if (client.destroyed) return;
      counts.cuts++;
      client.destroySoon();
      server.destroy();
    };
    let timer: NodeJS.Timeout | undefined;
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk: Buffer) => {
      if (!isCalm) timer ??= setTimeout(cut, plan.ms);
      const part = chunk.subarray(0, left);
      left -= part.length;
      counts.bytes += part.length;
      client.write(part);
      if (left === 0) cut();
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        clearTimeout(timer);
        other.destroySoon();
      });
    }
  }

  const listener = createServer((client) => {
    sockets.add(client);
    client.on("error", () => undefined);
    client.on("close", () => sockets.delete(client));
    if (isCalm || !random.chance(0.2)) return pass(client);
    counts.refusals++;
    client.once("data", () => client.end(refusal));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  // The address of a server that listens on a port has this type.
  const address = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    get cuts() {
      return counts.cuts;
    },
    get refusals() {
      return counts.refusals;
    },
    get bytes() {
      return counts.bytes;
    },
    calm: () => {
      isCalm = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

/** A response begins with its headers: some cuts fall into them, most of them after them. */
function planCut(random: SeededRandom): { bytes: number; ms: number } {
  return {
    bytes: random.chance(0.6) ? random.between(1, 2_500) : Infinity,
    ms: random.between(5, 400),
  };
}
