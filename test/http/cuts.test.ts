import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { ChatHub, ChatMessage } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvent } from "../../src/chat/apply-event.ts";
import type { TrackedEvent } from "../../src/chat/chat-procedures.ts";
import { readAnswer } from "../../src/react/session/read-answer.ts";
import type { ChatConnection } from "../../src/react/connection/reconnecting-subscription.ts";
import { toSource } from "../../src/react/connection/subscription-source.ts";
import { createAppClient } from "../support/clients/create-app-client.ts";
import type { HubKind } from "../support/servers/start-instances.ts";
import { connected, connectHub } from "../support/servers/connect-hub.ts";
import { hubKinds } from "../support/servers/start-instances.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import type { CuttingProxy } from "../support/servers/start-cutting-proxy.ts";
import { startCuttingProxy } from "../support/servers/start-cutting-proxy.ts";
import type { OpenDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { openSse, RefusedError } from "../support/clients/open-sse.ts";
import { RedisServer } from "../support/servers/redis-server.ts";

const seed = "cuts 1";
const readers = 12;
const pieces = Array.from({ length: 400 }, (_, index) => `word ${index} and some more 🙂 `);
const text = pieces.join("");

const proxies: CuttingProxy[] = [];
let redis: RedisServer | null = null;
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  await redis?.stop();
  redis = null;
});

describeDatabases(
  (_name, open) => {
    it.each(hubKinds)(
      "a reader resumes at any byte, without gaps or repetitions: %s",
      async (kind) => {
        const { url, provider, message } = await begin(kind, open);
        const reading = Array.from({ length: readers }, async (_, index) => {
          const proxy = await startCuttingProxy(url, `${seed}/${kind}/${index}`);
          proxies.push(proxy);
          return await new Reader(message, proxy).read();
        });
        provider.release();
        for (const end of await Promise.all(reading))
          expect(end).toMatchObject({ status: "complete", content: text });
        const sum = (of: (proxy: CuttingProxy) => number): number =>
          proxies.reduce((total, proxy) => total + of(proxy), 0);
        expect(sum((proxy) => proxy.cuts)).toBeGreaterThan(60);
        expect(sum((proxy) => proxy.refusals)).toBeGreaterThan(10);
      },
      60_000,
    );

    it.each(hubKinds)("a reader that comes back receives only what is new: %s", async (kind) => {
      const long = "A long answer. ".repeat(20_000);
      const news = ["one ", "two ", "three ", "four "];
      const script = [{ hold: true } as const, long];
      const steps = news.flatMap((word) => [{ hold: true } as const, word]);
      const whole = [...script, ...steps, { hold: true } as const];
      const { url, provider, message } = await begin(kind, open, whole);
      provider.release();
      let lastEventId: string | undefined;
      let content = "";
      for (const [index] of ["all", ...news].entries()) {
        const leaving = new AbortController();
        const options = { userId: "u1", signal: leaving.signal };
        const connection = await openSse(url, { messageId: message.id, lastEventId }, options);
        const expected = long + news.slice(0, index).join("");
        if (index > 0) provider.release();
        while (content !== expected) {
          const next = await connection.events.next();
          if (next.done || next.value.data.type === "done")
            throw new Error("The answer ended early.");
          if (next.value.data.type === "text") content += next.value.data.text;
          lastEventId = next.value.id;
          if (next.value.data.type === "snapshot") ({ content } = next.value.data.message);
        }
        if (index > 0) expect(connection.bytes()).toBeLessThan(1_000);
        else expect(connection.bytes()).toBeGreaterThan(long.length);
        leaving.abort();
      }
      provider.release();
      const options = { userId: "u1", signal: new AbortController().signal };
      const { events } = await openSse(url, { messageId: message.id, lastEventId }, options);
      expect((await events.next()).value).toMatchObject({ data: { type: "done" } });
    });

    it("the page's reader reaches the end on its own, and reports when it has no connection", async () => {
      const { url, provider, message } = await begin("memory", open);
      const proxy = await startCuttingProxy(url, `${seed}/page`);
      proxies.push(proxy);
      const client = createAppClient(proxy.url, "u1");
      const states = new Set<ChatConnection>();
      const texts: string[] = [];
      const end = new Promise<ChatMessage>((resolve, reject) => {
        readAnswer({
          message,
          source: toSource<TrackedEvent>((lastEventId, handlers) => {
            const after = lastEventId === undefined ? {} : { lastEventId };
            return client.chat.stream.subscribe({ messageId: message.id, ...after }, handlers);
          }),
          onChange: (changed) => {
            texts.push(changed.content);
            if (changed.status === "complete") resolve(changed);
          },
          onError: reject,
          onConnectionStateChange: (connection) => states.add(connection),
        });
      });
      provider.release();
      expect((await end).content).toBe(text);
      for (const [index, one] of texts.entries())
        expect(one.startsWith(texts[index - 1] ?? "")).toBe(true);
      expect(states).toEqual(new Set(["reconnecting", "live"]));
      expect(proxy.cuts).toBeGreaterThan(3);
    }, 60_000);
  },
  ["sqlite"],
);

/** Starts an answer that waits for `release`, and returns the URL of an instance to read it from. */
async function begin(
  kind: HubKind,
  open: OpenDatabase,
  script: readonly ScriptStep[] = [{ hold: true }, { text: pieces, delayMs: 6 }],
) {
  const database = await open();
  const provider = createScriptedProvider(script);
  const llm = createLLM({ provider });
  const server = kind === "redis" ? await RedisServer.start() : null;
  redis = server;
  const createHub = (): ChatHub => (server === null ? createMemoryHub() : connectHub(server));
  const hubs = [createHub(), createHub()];
  if (kind === "redis") await connected(...hubs);
  const producer = await startChatServer(database.prisma, llm, { hub: hubs[0] });
  const other = await startChatServer(database.connect(), llm, { hub: hubs[1] });
  const client = producer.client("u1");
  const chat = await client.chat.create.mutate({});
  const sent = await client.chat.send.mutate({ chatId: chat.id, content: "Go" });
  const url = kind === "memory" ? producer.url : other.url;
  return { url, provider, message: sent.assistantMessage };
}

/** Reads an answer and fails unless each event arrives exactly once and in order. */
class Reader {
  #message: ChatMessage;
  #lastEventId: string | undefined;
  readonly #proxy: CuttingProxy;

  constructor(message: ChatMessage, proxy: CuttingProxy) {
    this.#message = message;
    this.#proxy = proxy;
  }

  async read(): Promise<ChatMessage> {
    for (;;) {
      const input = { messageId: this.#message.id, lastEventId: this.#lastEventId };
      const leaving = new AbortController();
      try {
        const options = { userId: "u1", signal: leaving.signal };
        const { events } = await openSse(this.#proxy.url, input, options);
        for await (const event of events) this.#take(event);
        if (this.#message.status === "complete") return this.#message;
      } catch (error) {
        const isRefused = error instanceof RefusedError && error.status === 503;
        if (!isRefused && !(error instanceof TypeError)) throw error; // `fetch` throws a TypeError when a connection breaks.
      } finally {
        leaving.abort();
      }
    }
  }

  #take({ id, data: event }: TrackedEvent): void {
    const { length } = this.#message.content;
    const complain = (what: string): never => {
      throw new Error(`${what}: ${event.type} at ${length} after ${String(this.#lastEventId)}`);
    };
    if (event.type === "snapshot" && this.#lastEventId !== undefined) complain("Sent again");
    if (event.type === "text" && event.at > length) complain("A gap");
    if (event.type === "text" && event.at < length) complain("Sent twice");
    this.#message = applyEvent(this.#message, event);
    if (!text.startsWith(this.#message.content)) complain("Not what was produced");
    this.#lastEventId = id;
  }
}
