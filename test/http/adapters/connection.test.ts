import { initTRPC } from "@trpc/server";
import type { ServerResponse } from "node:http";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";

import { createHTTPHandler } from "node-llm-trpc/adapters/standalone";
import { createAdapterApp } from "../../support/servers/create-adapter-app.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function start(sse: Parameters<typeof createAdapterApp>[1] = {}) {
  let onReport: (text: string) => void = () => undefined;
  const reported = new Promise<string>((resolve) => (onReport = resolve));
  const createContext = () => ({ report: (text: string) => onReport(text) });
  const handler = createHTTPHandler({ router: createAdapterApp(false, sse), createContext });
  return { url: `http://127.0.0.1:${await listen(handler)}`, reported };
}

/** @returns the port. */
async function listen(handler: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  // The address of a server that listens on a port has this type.
  return (server.address() as AddressInfo).port;
}

it("ends the subscription when its reader leaves", async () => {
  const { url, reported } = await start();
  const request = get(`${url}/endless`, { agent: false }, (response) => {
    response.on("data", (bytes: Buffer) => {
      if (bytes.toString().includes("begun")) request.destroy();
    });
  });
  expect(await reported).toBe("the subscription has ended");
});

it("asks for no event while nobody reads the connection, and goes on when somebody does", async () => {
  const t = initTRPC.create();
  const event = "x".repeat(100_000);
  let asked = 0;
  const router = t.router({
    flood: t.procedure.subscription(async function* flood() {
      // A writer that asks for everything fails the test, and not the process.
      while (asked < 2_000) {
        asked++;
        await nextTurn();
        yield event;
      }
    }),
  });
  const handler = createHTTPHandler({ router });
  const responses: ServerResponse[] = [];
  const port = await listen((request, response) => {
    responses.push(response);
    handler(request, response);
  });
  const reader = connect(port, "127.0.0.1");
  closing.push(() => reader.destroy());
  reader.pause().write("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
  let before = -1;
  // The buffers of the connection, which are outside of this process, have filled when nothing moves any more.
  await expect
    .poll(async () => {
      const isStill = asked === before && responses[0]?.writableNeedDrain === true;
      before = asked;
      for (let turn = 0; turn < 200; turn++) await nextTurn();
      return isStill && asked === before;
    })
    .toBe(true);
  const unread = asked;
  expect(responses[0]?.writableLength).toBeLessThan(5 * event.length);
  expect(unread * event.length).toBeLessThan(64 * 1_024 * 1_024);
  reader.resume();
  await expect.poll(() => asked).toBeGreaterThan(unread + 200);
});

it("pings a connection on which nothing happens", async () => {
  const { url } = await start({ ping: { enabled: true, intervalMs: 20 } });
  const text = await new Promise<string>((resolve) => {
    let body = "";
    get(`${url}/endless`, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (piece: string) => {
        body += piece;
        if (body.split("event: ping").length > 3) resolve(body);
      });
    });
  });
  expect(text).toContain('data: "begun"\n\n\nevent: ping\ndata: \n\n\nevent: ping\ndata: \n\n\n');
});

it("lets tRPC make streams for the first response of an app, and for no other", async () => {
  const { url } = await start();
  let made = 0;
  const Made = globalThis.TransformStream;
  vi.stubGlobal(
    "TransformStream",
    class extends Made {
      constructor(...given: ConstructorParameters<typeof Made>) {
        super(...given);
        made++;
      }
    },
  );
  closing.push(() => vi.unstubAllGlobals());
  const counts: number[] = [];
  for (let response = 0; response < 5; response++) {
    await (await fetch(`${url}/untracked`)).text();
    counts.push(made);
  }
  expect(counts[0]).toBeGreaterThan(0);
  expect(new Set(counts).size).toBe(1);
});
