import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { expect, it } from "vitest";

import { checkPort } from "./check-port.ts";

const host = "127.0.0.1";

it("passes for a free port, and suggests another for one in use", async () => {
  const server = createServer().listen(0);
  await once(server, "listening");
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  await expect(checkPort({ host, port }, "npm start")).rejects.toThrow(
    new RegExp(`^Port ${port} is in use\\..*: PORT=\\d+ npm start$`),
  );
  server.close();
  await once(server, "close");
  await expect(checkPort({ host, port }, "npm start")).resolves.toBeUndefined();
});

it("says that the host is not an address of this machine", async () => {
  const address = { host: "192.0.2.1", port: 0 };
  await expect(checkPort(address, "npm start")).rejects.toThrow(/HOST is "192\.0\.2\.1"/);
});
