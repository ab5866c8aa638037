import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "node-llm-trpc/adapters/standalone";

/** For each kind of subscription: how many of the signals of its readers have aborted when all of these had left. */
export interface SignalReport {
  readonly type: "counted";
  readonly aborted: { readonly [kind: string]: number };
}

const readers = 3;

// A program: the garbage of a test's own process is kept longer by what the test has on its stack.
setFlagsFromString("--expose-gc");
// This is what the flag adds.
const collectGarbage = runInNewContext("gc") as () => void;

/** Collects garbage until objects that became garbage now are gone, and those that these alone have kept. */
async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const garbage = new WeakRef({});
    do {
      await nextTurn();
      collectGarbage();
    } while (garbage.deref() !== undefined);
    await nextTurn();
  }
}

async function* untilAborted(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  yield "begun";
  if (!signal.aborted) await once(signal, "abort");
}

/** @param addsMeta whether the app adds to responses, which tRPC begins then. */
async function countAborted(addsMeta: boolean): Promise<{ [kind: string]: number }> {
  const t = initTRPC.context<{ readonly signal: AbortSignal }>().create();
  let aborted = 0;
  const count = (signal: AbortSignal): AsyncGenerator<string, void, undefined> => {
    signal.addEventListener("abort", () => aborted++);
    return untilAborted(signal);
  };
  const never = new AbortController().signal;
  const router = t.router({
    generator: t.procedure.subscription(async function* generator({ signal = never }) {
      yield* count(signal);
    }),
    iterable: t.procedure.subscription(async ({ signal = never }) => count(signal)),
    context: t.procedure.subscription(async ({ ctx }) => count(ctx.signal)),
  });
  const handler = createHTTPHandler({
    router,
    createContext: ({ info }) => ({ signal: info.signal }),
    ...(addsMeta ? { responseMeta: () => ({}) } : {}),
  });
  const closed: Promise<unknown>[] = [];
  const server = createServer((req, res) => {
    closed.push(once(res, "close"));
    handler(req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  const counts: { [kind: string]: number } = {};
  for (const kind of ["generator", "iterable", "context"]) {
    aborted = 0;
    const requests: ClientRequest[] = [];
    for (let reader = 0; reader < readers; reader++) requests.push(await open(port, kind));
    await collect();
    for (const request of requests) request.destroy();
    await Promise.all(closed.splice(0));
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    counts[addsMeta ? `${kind}, begun by tRPC` : kind] = aborted;
  }
  server.close();
  return counts;
}

/** Resolves when a reader has the first event. */
async function open(port: number, path: string): Promise<ClientRequest> {
  const request = get({ port, path: `/${path}`, agent: false });
  // Its own end is an error to it.
  request.on("error", () => undefined);
  // This is what a response is.
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    response.on("data", (bytes: Buffer) => {
      if (bytes.includes("begun")) resolve();
    });
  });
  return request;
}

const aborted = { ...(await countAborted(false)), ...(await countAborted(true)) };
process.send?.({ type: "counted", aborted } satisfies SignalReport);
process.disconnect();
