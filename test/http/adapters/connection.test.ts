import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";

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
  const server = createServer(
    createHTTPHandler({ router: createAdapterApp(false, sse), createContext }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  // The address of a server that listens on a port has this type.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, reported };
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
