import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { ProviderCall } from "../../../../../src/orm/provider/call/provider-call.ts";
import { BodyTap } from "../../../../../src/orm/provider/stream/body-tap.ts";
import { BodySource } from "../../../../../src/orm/provider/stream/body-source.ts";
import type { ByteSource } from "../../../../../src/orm/provider/stream/byte-source.ts";
import { WireStream } from "../../../../../src/orm/provider/stream/wire-stream.ts";
import { dialects } from "../../../../../src/orm/provider/wire/dialects.ts";
import { WireReader } from "../../../../../src/orm/provider/wire/wire-reader.ts";
import { countObjects } from "../../../../support/count-objects.ts";
import { providerCallOptions } from "../../../../support/providers/provider-call-options.ts";
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
  const taken = tap.taken === null ? null : await readAll(tap.taken);
  return { status: response.status, taken, body: await response.text() };
}

/** Reads a source to its end. */
async function readAll(source: ByteSource): Promise<{ text: string; error?: unknown }> {
  let text = "";
  return await new Promise((resolve) => {
    source.open({
      onBytes: (bytes) => {
        text += Buffer.from(bytes).toString();
        return true;
      },
      onEnd: () => resolve({ text }),
      onError: (error) => resolve({ text, error }),
    });
  });
}

/** Opens what `fetch` gives, or what a tap took of it. */
async function openSource(url: string, tap: BodyTap | null): Promise<ByteSource> {
  const init = { method: "POST", body: "{}" };
  const { body } = await fetch(url, tap?.addTo(init) ?? init);
  if (body === null) throw new Error("There is no body.");
  if (tap === null) return new BodySource(body);
  if (tap.taken === null) throw new Error("Nothing was taken.");
  return tap.taken;
}

const frame = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const end = `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

/** Reads an answer to its end, and says how it ended. */
async function read(answer: Answer, isTapped: boolean) {
  const server = await serve(answer);
  const source = await openSource(server.origin, isTapped ? new BodyTap() : null);
  const reader = new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" });
  const stream = new WireStream(source, reader, {
    pace: null,
    idleTimeout: 5_000,
    createIdleError: () => new Error("Nothing came."),
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
    expect(answer).toEqual({ status: 200, taken: { text: "one two" }, body: "" });
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
    expect(await ask(answer)).toMatchObject({ taken: null, body });
  });

  it("takes what comes after a redirect", async () => {
    const { origin } = await serve((response) => void response.end("the end"));
    const answer = await ask(
      (response) => void response.writeHead(307, { location: origin }).end("x"),
    );
    expect(answer).toEqual({ status: 200, taken: { text: "the end" }, body: "" });
  });

  it("changes nothing for another fetch", async () => {
    const other: typeof fetch = (input, init) => {
      const { dispatcher: _, ...rest } = Object(init);
      return fetch(input, rest);
    };
    const answer = await ask((response) => void response.end("all"), other);
    expect(answer).toEqual({ status: 200, taken: null, body: "all" });
  });

  it("sends what a fetch that wraps the other one has made of the request", async () => {
    const received: unknown[] = [];
    const server = await startStubServer<unknown>((body, response) => {
      received.push(body);
      response.end("all");
    });
    servers.push(server);
    const tap = new BodyTap();
    const init = tap.addTo({ method: "POST", body: "{}" });
    await fetch(server.origin, { ...init, body: '{"added":"ä€😀"}' });
    expect(tap.taken === null ? null : await readAll(tap.taken)).toEqual({ text: "all" });
    expect(received).toEqual([{ added: "ä€😀" }]);
  });

  it("takes nothing that arrives when it has ended", async () => {
    const opened: ServerResponse[] = [];
    const { origin } = await serve((response) => {
      response.write("one ");
      opened.push(response);
    });
    const tap = new BodyTap();
    const init = tap.addTo({ method: "POST", body: "{}" });
    await fetch(origin, init);
    const { taken } = tap;
    tap.end();
    const late = await fetch(origin, init);
    expect(tap.taken).toBe(taken);
    for (const response of opened) response.end("two");
    expect(taken === null ? null : await readAll(taken)).toEqual({ text: "one two" });
    expect(await late.text()).toBe("one two");
  });

  it.each<readonly [string, (handler: object) => object]>([
    ["copy", (handler) => ({ ...handler })],
    ["inherit from", (handler) => Object.create(handler)],
  ])("passes a handler that interceptors may %s", async (_name, change) => {
    const { origin } = await serve((response) => void response.end("all"));
    const dispatcher: unknown = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
    const changing = {
      dispatch: (request: object, handler: object): unknown =>
        Object(dispatcher).dispatch(request, change(handler)),
    };
    const tap = new BodyTap();
    const init = { method: "POST", body: "{}", dispatcher: changing };
    await fetch(origin, tap.addTo(init));
    expect(tap.taken === null ? null : await readAll(tap.taken)).toEqual({ text: "all" });
  });

  it("goes on when nobody has the response, which is then collected as garbage", async () => {
    let opened: ServerResponse | undefined;
    const { origin } = await serve((response) => {
      response.write("one ");
      opened = response;
    });
    const source = await openSource(origin, new BodyTap());
    const whole = readAll(source);
    for (let count = 0; count < 5; count++) {
      countObjects(Response);
      // `fetch` hears of it in a turn of its own.
      await new Promise((resolve) => void setImmediate(resolve));
    }
    opened?.end("two");
    expect(await whole).toEqual({ text: "one two" });
  });

  it.each(["that wait", "that have been read"])(
    "closes the connection of bytes %s",
    async (when) => {
      const server = await serve((response) => void response.write("one"));
      const source = await openSource(server.origin, new BodyTap());
      if (when === "that have been read") void readAll(source);
      source.close();
      await expect(server.closed(0)).resolves.toBeUndefined();
    },
  );

  it("keeps no stream of fetch while the response is open", async () => {
    const { origin } = await serve((response) => void response.write("one"));
    const before = countObjects(ReadableStream);
    const sources: ByteSource[] = [];
    for (let count = 0; count < 20; count++) sources.push(await openSource(origin, new BodyTap()));
    await expect.poll(() => countObjects(ReadableStream)).toBeLessThan(before + 5);
    for (const source of sources) source.close();
  });

  it("uses the connection again when the reader knows the end before it has come", async () => {
    const ports = new Set<number | undefined>();
    const { origin } = await serve((response) => {
      ports.add(response.req.socket.remotePort);
      response.end("all");
    });
    for (let count = 0; count < 3; count++) {
      const source = await openSource(origin, new BodyTap());
      await new Promise<void>((resolve, reject) =>
        source.open({
          onBytes: () => {
            source.close();
            setImmediate(() => void setImmediate(resolve));
            return true;
          },
          onEnd: () => reject(new Error("It was closed before.")),
          onError: reject,
        }),
      );
    }
    expect(ports.size).toBe(1);
  });

  it("fails as fetch does when the connection breaks, and keeps what came before", async () => {
    const { taken } = await ask(async (response) => {
      response.write("before");
      await dropConnection(response);
    });
    expect(taken).toMatchObject({
      text: expect.stringContaining("before"),
      error: { name: "TypeError", message: "terminated", cause: { code: "UND_ERR_SOCKET" } },
    });
  });
});

it("closes the connection of a call that is aborted while nobody reads", async () => {
  const server = await serve((response) => void response.write(frame("one")));
  const stop = new AbortController();
  const call = new ProviderCall(stop.signal, { ...providerCallOptions, gathers: true });
  await call.run(() =>
    fetch(`${server.origin}/v1/chat/completions`, {
      method: "POST",
      body: "{}",
      signal: AbortSignal.any([stop.signal]),
    }),
  );
  expect(await call.stream?.next()).toMatchObject([{ text: "one" }]);
  stop.abort();
  await expect(server.closed(0)).resolves.toBeUndefined();
  call.end();
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
});

it("keeps no signal of a request while its stream is open", async () => {
  const server = await serve((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(frame("one"));
  });
  const before = countObjects(AbortSignal);
  const calls: ProviderCall[] = [];
  onTestFinished(() => calls.forEach((call) => call.end()));
  for (let count = 0; count < 20; count++) {
    const call = new ProviderCall(new AbortController().signal, {
      ...providerCallOptions,
      gathers: true,
    });
    calls.push(call);
    await call.run(() =>
      fetch(`${server.origin}/v1/chat/completions`, {
        method: "POST",
        body: "{}",
        signal: AbortSignal.any([new AbortController().signal]),
      }),
    );
  }
  // The signal of each call itself stays.
  await expect.poll(() => countObjects(AbortSignal) - before).toBeLessThan(calls.length + 5);
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
    const source = await openSource(server.origin, new BodyTap());
    const reader = new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" });
    const stream = new WireStream(source, reader, {
      pace: null,
      idleTimeout: 50,
      createIdleError: () => new Error("Nothing came."),
    });
    await expect.poll(() => source.isPaused).toBe(true);
    expect(reader.answer.waitingLength).toBeLessThan(1_300_000);
    expect(written).toBeLessThan(400);
    let length = 0;
    for (let next = await stream.next(); next !== null; next = await stream.next())
      for (const { text } of next) length += text.length;
    expect(length).toBe(400 * 65_536);
  });
});
