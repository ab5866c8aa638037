import type { ServerResponse } from "node:http";

import { afterEach, expect, it } from "vitest";

import { dialects } from "../../../../../src/orm/provider/wire/dialects.ts";
import { WireReader } from "../../../../../src/orm/provider/wire/wire-reader.ts";
import { BodySource } from "../../../../../src/orm/provider/stream/body-source.ts";
import { WireStream } from "../../../../../src/orm/provider/stream/wire-stream.ts";
import type { StubServer } from "../../../../support/providers/start-stub-server.ts";
import { startStubServer } from "../../../../support/providers/start-stub-server.ts";

const servers: StubServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const frame = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

/** Keeps the process busy for longer than the stream may be silent. */
function blockFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it("does not give up a stream whose bytes wait while the process is busy", async () => {
  let opened: ServerResponse | undefined;
  const server = await startStubServer<unknown>((_body, response) => {
    response.write(frame("Hello "));
    opened = response;
  });
  servers.push(server);
  const { body } = await fetch(server.origin, { method: "POST", body: "{}" });
  if (body === null) throw new Error("There is no body.");
  const stream = new WireStream(
    new BodySource(body),
    new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" }),
    { pace: null, idleTimeout: 50, createIdleError: () => new Error("Nothing came.") },
  );
  expect(await stream.next()).toMatchObject([{ text: "Hello " }]);
  const next = stream.next();
  opened?.write(frame("world."));
  blockFor(100);
  expect(await next).toMatchObject([{ text: "world." }]);
  await expect(stream.next()).rejects.toThrow("Nothing came.");
});
