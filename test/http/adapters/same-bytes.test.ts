import { EventEmitter, once } from "node:events";
import { createServer, request as send } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";

import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler as theirFetch } from "@trpc/server/adapters/fetch";
import { nodeHTTPRequestHandler as theirNode } from "@trpc/server/adapters/node-http";
import { createHTTPHandler as theirStandalone } from "@trpc/server/adapters/standalone";
import { afterEach, describe, expect, it } from "vitest";

import { fetchRequestHandler } from "node-llm-trpc/adapters/fetch";
import { nodeHTTPRequestHandler } from "node-llm-trpc/adapters/node-http";
import { createHTTPHandler } from "node-llm-trpc/adapters/standalone";
import type { SseOptions } from "../../support/servers/create-adapter-app.ts";
import { createAdapterApp } from "../../support/servers/create-adapter-app.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Reports = string[];

interface Handlers {
  readonly fetch: typeof theirFetch;
  readonly node: typeof theirNode;
  readonly standalone: typeof theirStandalone;
}

const theirs: Handlers = { fetch: theirFetch, node: theirNode, standalone: theirStandalone };
const ours: Handlers = {
  fetch: fetchRequestHandler,
  node: nodeHTTPRequestHandler,
  standalone: createHTTPHandler,
};

/** What an app adds to its responses. */
type Additions = "nothing" | "headers of the context" | "headers that are sent" | "responseMeta";

/** What `createContext` gets of the response: that of Node.js, or headers for that of `fetch`. */
interface ContextOptions {
  readonly res?: ServerResponse;
  readonly resHeaders?: Headers;
}

/** The options of an app that uses everything that touches a response. */
function optionsOf({ router, reports, adds }: App) {
  return {
    router,
    createContext: ({ res, resHeaders }: ContextOptions) => {
      if (adds === "headers of the context") {
        res?.appendHeader("x-app", "1");
        resHeaders?.append("x-app", "1");
      }
      if (adds === "headers that are sent") res?.writeHead(202, { "x-app": "1" }).flushHeaders();
      return { report: (text: string) => void reports.push(text) };
    },
    onError: (failure: {
      error: TRPCError;
      path: string | undefined;
      input: unknown;
      type: string;
    }) =>
      void reports.push(
        JSON.stringify([
          failure.error.code,
          failure.error.message,
          failure.path,
          failure.input,
          failure.type,
        ]),
      ),
    ...(adds === "responseMeta" ? { responseMeta } : {}),
  };
}

function responseMeta({ errors }: { errors: readonly TRPCError[] }) {
  const status = errors.some((error) => error.message.includes("first event"))
    ? { status: 418 }
    : {};
  return {
    headers: new Headers([
      ["x-app", "1"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]),
    ...status,
  };
}

interface App {
  readonly router: AnyTRPCRouter;
  readonly reports: Reports;
  readonly adds: Additions;
}

type Listen = (handlers: Handlers, app: App) => RequestListener;

/** The three adapters as listeners of a server. */
const adapters: Readonly<Record<string, Listen>> = {
  standalone: ({ standalone }, app) => standalone(optionsOf(app)),
  "node-http":
    ({ node }, app) =>
    (req, res) =>
      void node({
        ...optionsOf(app),
        req,
        res,
        path: (req.url ?? "").slice(1).replace(/\?.*/, ""),
      }),
  fetch:
    ({ fetch }, app) =>
    (req, res) =>
      void toRequest(req, signalOf(res))
        .then((request) => fetch({ ...optionsOf(app), endpoint: "", req: request }))
        .then((response) => answer(response, res)),
};

/** Aborts when the reader leaves, as the signal of a request does wherever such a handler runs. */
function signalOf(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}

async function toRequest(req: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const hasBody = req.method !== "GET" && req.method !== "HEAD";
  return new Request(new URL(req.url ?? "", "http://localhost"), {
    signal,
    method: req.method ?? "GET",
    headers: Object.entries(req.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
    ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
  });
}

async function answer(response: Response, res: ServerResponse): Promise<void> {
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  res.writeHead(response.status);
  if (response.body === null) res.end();
  // The types of the browser's streams and of Node.js's differ. A reader that leaves is no failure.
  else await pipeline(Readable.fromWeb(response.body as NodeStream), res).catch(() => undefined);
}

interface Exchange {
  readonly request: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly sse?: SseOptions;
}

/** Sends one request, and returns what comes back as soon as it begins. */
async function open(
  listener: RequestListener,
  { request: path, method = "GET", headers = {}, body = "" }: Exchange,
): Promise<IncomingMessage> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const type = body === "" ? {} : { "content-type": "application/json" };
    send(
      { port, path, method, headers: { host: "app.test", ...type, ...headers }, agent: false },
      resolve,
    )
      .on("error", reject)
      .end(body);
  });
  return response.setEncoding("utf8");
}

/** Yields all of the body that has come so far, each time that more of it comes. */
async function* growingBody(response: IncomingMessage): AsyncGenerator<string, void, undefined> {
  let body = "";
  for await (const text of response as AsyncIterable<string>) yield (body += text);
}

/** Sends one request, and returns everything that comes back. How the body is cut into chunks may differ. */
async function exchange(listener: RequestListener, given: Exchange) {
  const response = await open(listener, given);
  let body = "";
  for await (body of growingBody(response));
  const { statusCode, statusMessage, rawHeaders } = response;
  const isDate = (at: number): boolean => rawHeaders[at - (at % 2)]?.toLowerCase() === "date";
  return {
    status: [statusCode, statusMessage],
    headers: rawHeaders.filter((_header, at) => !isDate(at)),
    body,
  };
}

const ping = "event: ping\ndata: \n\n\n";

/** An app whose second event comes when its reader says that two pings have come. */
function createPingedApp(reader: EventEmitter): AnyTRPCRouter {
  const sse: SseOptions = { ping: { enabled: true, intervalMs: 50 } };
  const { procedure, router } = initTRPC.create({ sse, isDev: false });
  return router({
    pinged: procedure.subscription(async function* () {
      yield "first";
      await once(reader, "pinged");
      yield "second";
    }),
  });
}

/** Reads all of such an app's events. How many pings there are in a row depends on the time. */
async function readPinged(handlers: Handlers, listen: Listen): Promise<string> {
  const reader = new EventEmitter();
  const app: App = { router: createPingedApp(reader), reports: [], adds: "nothing" };
  const response = await open(listen(handlers, app), { request: "/pinged" });
  let body = "";
  for await (body of growingBody(response))
    if (body.includes(ping.repeat(2))) reader.emit("pinged");
  return body.replace(new RegExp(`(${ping})+`, "g"), ping);
}

const input = (value: unknown): string => `input=${encodeURIComponent(JSON.stringify(value))}`;

const cases: Readonly<Record<string, Exchange>> = {
  "tracked events": { request: "/nested.tracked" },
  "an input": { request: `/nested.tracked?${input({ n: 1 })}` },
  "a transformed input": { request: `/nested.tracked?${input({ json: { n: 1 } })}` },
  "an invalid input": { request: `/nested.tracked?${input({ n: "x" })}` },
  "an input that is no JSON": { request: "/nested.tracked?input=%7B" },
  "the header last-event-id": {
    request: `/nested.tracked?${input({ json: {}, n: 2 })}`,
    headers: { "last-event-id": "7" },
  },
  "the parameter lastEventId": { request: "/nested.tracked?lastEventId=8" },
  "events without ids": { request: "/untracked" },
  "no events": { request: "/empty" },
  "many events": { request: "/many" },
  "an observable": { request: "/observed" },
  "an observable that fails": { request: "/observedError" },
  "an error with a code": { request: `/failing?${input({ code: "FORBIDDEN" })}` },
  "an error with a transformed input": {
    request: `/failing?${input({ json: { code: "TOO_MANY_REQUESTS" } })}`,
  },
  "an error with an event id": {
    request: `/failing?${input({ code: "FORBIDDEN" })}`,
    headers: { "last-event-id": "3" },
  },
  "an error of the server": { request: `/failing?${input({ code: "INTERNAL_SERVER_ERROR" })}` },
  "an error before the input is read": { request: `/failingUnread?${input({ n: 1 })}` },
  "an error at once": { request: "/failingAtOnce" },
  "an error before the first event": { request: "/throwing" },
  "an end by abort": { request: "/aborting" },
  "a value that is no JSON": { request: "/unserializable" },
  "an iterable that fails at once": { request: "/unopenable" },
  "no iterable": { request: "/notIterable" },
  "a lazy router": { request: "/later.items" },
  "no such procedure": { request: "/nothing.here" },
  "a batch of subscriptions": { request: `/untracked,empty?batch=1&${input({})}` },
  "a subscription by POST": { request: "/untracked", method: "POST", body: "{}" },
  "a query": { request: "/query" },
  "a batch of queries": { request: `/query,query?batch=1&${input({})}` },
  "a mutation": { request: "/mutation", method: "POST", body: "1" },
  "a mutation by GET": { request: `/mutation?${input(1)}` },
  "a bad mutation": { request: "/mutation", method: "POST", body: '"x"' },
  HEAD: { request: "/query", method: "HEAD" },
  "parameters of the connection": {
    request: `/untracked?connectionParams=${encodeURIComponent('{"user":"u1"}')}`,
  },
  "an encoded path": { request: "/nested%2Etracked" },
  "options for the client": {
    request: "/untracked",
    sse: { client: { reconnectAfterInactivityMs: 5000 } },
  },
  "a ping that never comes": {
    request: "/untracked",
    sse: { ping: { enabled: true, intervalMs: 60_000 } },
  },
  "a ping that is too slow for the client": {
    request: "/untracked",
    sse: {
      ping: { enabled: true, intervalMs: 6000 },
      client: { reconnectAfterInactivityMs: 5000 },
    },
  },
  "subscriptions that are switched off": { request: "/untracked", sse: { enabled: false } },
  "the first event alone": { request: "/later.items", sse: { emitAndEndImmediately: true } },
  "a maximum duration that is over before there are events": {
    request: "/late",
    sse: { maxDurationMs: 30 },
  },
  "a maximum duration": { request: "/endless", sse: { maxDurationMs: 30 } },
};

const additions: readonly Additions[] = ["nothing", "headers of the context", "responseMeta"];

describe.each(Object.entries(adapters))("%s writes the same as tRPC", (_name, listen) => {
  describe.each([
    ["without a transformer", false],
    ["with a transformer and an error formatter", true],
  ])("%s", (_title, isFormatted) => {
    describe.each(additions)("when the app adds %s", (adds) => {
      it.each(Object.entries(cases))("%s", async (_case, given) => {
        const results = await Promise.all(
          [theirs, ours].map(async (handlers) => {
            const reports: Reports = [];
            const router = createAdapterApp(isFormatted, given.sse);
            const listener = listen(handlers, { router, reports, adds });
            // What is known of the first response must not change the second one.
            const sent = [await exchange(listener, given), await exchange(listener, given)];
            return { sent, reports };
          }),
        );
        const [expected, actual] = results;
        expect(actual).toEqual(expected);
      });
    });
  });

  it("leaves a response to tRPC that the app has begun itself", async () => {
    const [expected, actual] = await Promise.all(
      [theirs, ours].map(async (handlers) => {
        const app: App = {
          router: createAdapterApp(false),
          reports: [],
          adds: "headers that are sent",
        };
        const sent = await exchange(listen(handlers, app), { request: "/untracked" });
        return { sent, reports: app.reports };
      }),
    );
    expect(actual).toEqual(expected);
  });

  it("pings until the next event comes", async () => {
    const [expected, actual] = await Promise.all(
      [theirs, ours].map((handlers) => readPinged(handlers, listen)),
    );
    expect(actual).toBe(expected);
    expect(actual).toContain(`data: "first"\n\n\n${ping}data: "second"\n\n\n`);
  });

  it("ends the subscription when its reader leaves", async () => {
    const [expected, actual] = await Promise.all(
      [theirs, ours].map(async (handlers) => {
        const reports: Reports = [];
        const router = createAdapterApp(false);
        const listener = listen(handlers, { router, reports, adds: "nothing" });
        const response = await open(listener, { request: "/endless" });
        for await (const body of growingBody(response)) if (body.includes("begun")) break;
        await expect.poll(() => reports).toContain("the subscription has ended");
        return reports;
      }),
    );
    expect(actual).toEqual(expected);
  });
});
