import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, it } from "vitest";

import { BodyTap } from "../../../../../src/orm/provider/stream/body-tap.ts";
import { WireStream } from "../../../../../src/orm/provider/stream/wire-stream.ts";
import { dialects } from "../../../../../src/orm/provider/wire/dialects.ts";
import { WireReader } from "../../../../../src/orm/provider/wire/wire-reader.ts";
import { SeededRandom } from "../../../../support/seeded-random.ts";
import type { StubServer } from "../../../../support/providers/start-stub-server.ts";
import {
  dropConnection,
  startStubServer,
} from "../../../../support/providers/start-stub-server.ts";

const servers: StubServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Answer = (response: ServerResponse) => Promise<void> | void;

async function serve(answer: Answer): Promise<StubServer> {
  const server = await startStubServer<unknown>((_body, response) => answer(response));
  servers.push(server);
  return server;
}

/** Asks a server, with a tap that keeps what it takes. */
async function ask(answer: Answer, send: typeof fetch = fetch) {
  const { origin } = await serve(answer);
  const tap = new BodyTap();
  const response = await send(origin, tap.addTo({ method: "POST", body: "{}" }));
  let taken = "";
  tap.open((bytes) => {
    taken += Buffer.from(bytes).toString();
    return true;
  });
  const body = await response.text().catch((error: unknown) => error);
  return { status: response.status, taken, body };
}

const frame = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const end = `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

/** Reads an answer to its end, and says how it ended. */
async function read(answer: Answer, isTapped: boolean) {
  const server = await serve(answer);
  const tap = new BodyTap();
  const init = { method: "POST", body: "{}" };
  const { body } = await fetch(server.origin, isTapped ? tap.addTo(init) : init);
  if (body === null) throw new Error("There is no body.");
  const reader = new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" });
  const stream = new WireStream(body, reader, {
    pace: null,
    idleTimeout: 5_000,
    createIdleError: () => new Error("Nothing came."),
    ...(isTapped && { tap }),
  });
  let text = "";
  try {
    for (let next = await stream.next(); next !== null; next = await stream.next())
      text += next.map((piece) => piece.text).join("");
    return { text, end: "done" };
  } catch (error) {
    return { text, end: String(error) };
  } finally {
    stream.close();
    await server.closed(0);
  }
}

// The first request of a process makes the dispatcher.
await fetch("data:,");

describe("a tap", () => {
  it("takes the body, which is empty then", async () => {
    const answer = await ask((response) => {
      response.write("one ");
      setImmediate(() => response.end("two"));
    });
    expect(answer).toEqual({ status: 200, taken: "one two", body: "" });
  });

  it.each<readonly [string, Answer, string]>([
    ["an error", (response) => void response.writeHead(429).end("Slow down."), "Slow down."],
    [
      "a compressed body",
      (response) =>
        void response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("zipped")),
      "zipped",
    ],
  ])("leaves %s to fetch", async (_name, answer, body) => {
    expect(await ask(answer)).toMatchObject({ taken: "", body });
  });

  it("takes what comes after a redirect", async () => {
    const { origin } = await serve((response) => void response.end("the end"));
    const answer = await ask(
      (response) => void response.writeHead(307, { location: origin }).end("x"),
    );
    expect(answer).toEqual({ status: 200, taken: "the end", body: "" });
  });

  it("changes nothing for another fetch", async () => {
    const other: typeof fetch = (input, init) => {
      const { dispatcher: _, ...rest } = Object(init);
      return fetch(input, rest);
    };
    const answer = await ask((response) => void response.end("all"), other);
    expect(answer).toEqual({ status: 200, taken: "", body: "all" });
  });

  it("fails as fetch does when the connection breaks, and keeps what came before", async () => {
    const { taken, body } = await ask(async (response) => {
      response.write("before");
      await dropConnection(response);
    });
    expect(taken).toContain("before");
    expect(body).toMatchObject({ name: "TypeError", message: "terminated" });
  });
});

describe("a stream with a tap", () => {
  it.each([1, 2, 3, 4, 5, 6])("says what one without it says (seed %i)", async (seed) => {
    const answer = async (response: ServerResponse): Promise<void> => {
      const random = new SeededRandom(`tap ${seed}`);
      const text = Array.from({ length: 40 }, (_, index) => frame(`${index} ä€😀 `)).join("");
      const bytes = Buffer.from(seed % 2 === 0 ? text : text + end);
      for (let at = 0; at < bytes.length;) {
        const next = at + 1 + Math.floor(random.next() * 400);
        await new Promise((resolve) => response.write(bytes.subarray(at, next), resolve));
        if (random.next() < 0.5) await new Promise((resolve) => void setImmediate(resolve));
        at = next;
      }
      if (seed % 3 === 0) await dropConnection(response);
      else response.end();
    };
    expect(await read(answer, true)).toEqual(await read(answer, false));
  });

  it("makes the connection wait when nobody takes what has arrived", async () => {
    const piece = frame("x".repeat(65_536));
    let written = 0;
    const server = await serve(async (response) => {
      for (let index = 0; index < 400; index++) {
        const isRoom = response.write(piece);
        written++;
        if (!isRoom) await new Promise((resolve) => response.once("drain", resolve));
      }
      response.end(end);
    });
    const tap = new BodyTap();
    const { body } = await fetch(server.origin, tap.addTo({ method: "POST", body: "{}" }));
    if (body === null) throw new Error("There is no body.");
    const reader = new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" });
    const stream = new WireStream(body, reader, {
      pace: null,
      idleTimeout: 50,
      createIdleError: () => new Error("Nothing came."),
      tap,
    });
    await expect.poll(() => tap.isPaused).toBe(true);
    expect(reader.answer.waitingLength).toBeLessThan(1_300_000);
    expect(written).toBeLessThan(400);
    let length = 0;
    for (let next = await stream.next(); next !== null; next = await stream.next())
      for (const { text } of next) length += text.length;
    expect(length).toBe(400 * 65_536);
  });
});
