import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { initTRPC } from "@trpc/server";
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import express from "express";
import { createHTTPServer as createOwnServer } from "node-llm-trpc/adapters/standalone";
import { afterEach, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { ClientRequest, maxRequestCalls, noteRequests, requestOf } from "./client-request.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A router whose only procedure notes the request of each call. */
function createRouter({ replacesInput = false } = {}) {
  const requests: ClientRequest[] = [];
  const t = initTRPC.create();
  let calls = 0;
  // Middlewares of an app make a context for each call, and take their time.
  const procedure = t.procedure.use(async ({ next, getRawInput }) => {
    if (calls++ % 2 === 0) await new Promise(setImmediate);
    return next({ ctx: { user: {} }, ...(replacesInput && { getRawInput: () => getRawInput() }) });
  });
  const procedures = noteRequests({
    read: procedure.query((options) => {
      requests.push(requestOf(options));
      return requests.length;
    }),
  });
  return { router: t.router(procedures), requests };
}

type Router = ReturnType<typeof createRouter>["router"];

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  // The address of a server that listens on a port has this type.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const batch = `${Array(5).fill("read").join()}?batch=1`;
const overHttp = (url: string) => async () => {
  const response = await fetch(`${url}/${batch}`, { headers: { connection: "close" } });
  expect(await response.json()).toHaveLength(5);
};

/** By adapter: starts a server, and returns what sends a batch of five calls. */
const adapters: Readonly<Record<string, (router: Router) => Promise<() => Promise<void>>>> = {
  fetch: async (router) => async () => {
    const req = new Request(`http://a/${batch}`);
    const response = await fetchRequestHandler({ endpoint: "/", req, router });
    expect(await response.json()).toHaveLength(5);
  },
  standalone: async (router) => overHttp(await listen(createHTTPServer({ router }))),
  "the package's standalone": async (router) => overHttp(await listen(createOwnServer({ router }))),
  express: async (router) =>
    overHttp(await listen(createServer(express().use(createExpressMiddleware({ router }))))),
  ws: async (router) => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    applyWSSHandler({ wss: sockets, router });
    const socket = new WebSocket((await listen(server)).replace("http", "ws"));
    await new Promise((resolve) => socket.once("open", resolve));
    closing.unshift(async () => socket.terminate());
    let id = 0;
    return async () => {
      const calls = Array.from({ length: 5 }, () => ({
        id: ++id,
        method: "query",
        params: { path: "read" },
      }));
      let answers = 0;
      const answered = new Promise<void>((resolve) =>
        socket.on("message", () => {
          if (++answers === 5) resolve();
        }),
      );
      socket.send(JSON.stringify(calls));
      await answered;
      socket.removeAllListeners("message");
    };
  },
};

it.each(Object.keys(adapters))("knows which calls belong to one request, with %s", async (name) => {
  const { router, requests } = createRouter();
  const send = await adapters[name]?.(router);
  await send?.();
  await send?.();
  expect(requests).toHaveLength(10);
  const [first] = requests;
  const last = requests.at(-1);
  expect(requests.map((one) => one === first)).toEqual(requests.map((_, index) => index < 5));
  expect(requests.map((one) => one === last)).toEqual(requests.map((_, index) => index >= 5));
});

it("knows them when the server calls the procedures itself", async () => {
  const { router, requests } = createRouter();
  const caller = router.createCaller({});
  await caller.read();
  await caller.read();
  expect(new Set(requests).size).toBe(2);
});

it("takes calls of one second for one request when the app hides which ones belong together", async () => {
  const { router, requests } = createRouter({ replacesInput: true });
  const send = await adapters["fetch"]?.(router);
  await send?.();
  await send?.();
  expect(requests).toHaveLength(10);
  expect(new Set(requests).size).toBeLessThanOrEqual(2);
});

it("refuses the calls of a scope above the limit of a request, and only those", () => {
  const request = new ClientRequest();
  for (let count = 0; count < maxRequestCalls; count++) request.addCall("a");
  const refused = {
    code: "TOO_MANY_REQUESTS",
    message: `One request has more than ${maxRequestCalls} calls, which is the limit. Send the others in requests of their own.`,
    retryAt: expect.any(Date),
  };
  for (let count = 0; count < 3; count++)
    expect(() => request.addCall("a")).toThrow(expect.objectContaining(refused));
  request.addCall("b");
  new ClientRequest().addCall("a");
});

it("leaves the procedures as they were otherwise", async () => {
  const { router } = createRouter();
  expect(router._def.procedures.read._def.type).toBe("query");
  // tRPC explains itself when a procedure is called as a function.
  const call: unknown = router._def.procedures.read;
  await expect(async () => {
    if (typeof call === "function") await Reflect.apply(call, undefined, []);
  }).rejects.toThrow();
});
