import { createLLM } from "@node-llm/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Scripts } from "node-llm-trpc/testing";
import { createClient } from "redis";
import { ChatService } from "../../../src/server/chat-service.ts";
import { Answer } from "../../../src/chat/answer.ts";
import { connected, connectHub } from "../../support/servers/connect-hub.ts";
import { startInstances, transports } from "../../support/servers/start-instances.ts";
import { Tab } from "../../support/clients/tab.ts";
import type { Instances, Transport } from "../../support/servers/start-instances.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { fakeMessage } from "../../support/fakes/fake-message.ts";
import { RedisServer } from "../../support/servers/redis-server.ts";
import { everyone } from "../../support/servers/everyone.ts";

const words = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `word${from + index} `);
let redis: RedisServer;
beforeEach(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await redis.stop();
});

describeDatabases((_name, open) => {
  const started: Instances[] = [];
  afterEach(async () => {
    for (const instances of started.splice(0)) await instances.close();
  });

  async function start(
    over: Transport,
    scripts: Scripts,
  ): Promise<Instances & { database: TestDatabase; messageId: string; tab: Tab }> {
    const database = await open();
    const provider = createScriptedProvider(scripts);
    const instances = await startInstances("redis", database, provider, { redis, over });
    started.push(instances);
    const chat = await instances.producer.create(everyone, {});
    const { assistantMessage } = await instances.producer.send(everyone, {
      chatId: chat.id,
      content: "Go",
    });
    const messageId = assistantMessage.id;
    return { ...instances, database, messageId, tab: new Tab(instances.reader, messageId) };
  }

  describe.each(transports)("an answer that is read on another instance, over %s", (over) => {
    it("loses and repeats nothing when Redis is killed and comes back empty", async () => {
      const { tab, reader, hubs, messageId } = await start(over, [
        { text: words(0, 400), delayMs: 8 },
      ]);
      const reading = tab.read();
      await expect.poll(() => tab.message?.content).toContain("word50 ");
      await redis.kill();
      await expect.poll(() => hubs.reader.isConnected).toBe(false);
      const atLoss = tab.message?.content.length ?? 0;
      // The database takes over.
      await expect.poll(() => tab.message?.content.length).toBeGreaterThan(atLoss + 50);
      const second = new Tab(reader, messageId);
      const readingToo = second.read();
      await redis.restart();
      await connected(hubs.producer, hubs.reader);
      const third = new Tab(reader, messageId);
      const all = await Promise.all([reading, readingToo, third.read()]);
      for (const message of all)
        expect(message).toMatchObject({ status: "complete", content: words(0, 400).join("") });
    });

    it("continues through the database while Redis hangs, and can be stopped", async () => {
      const { tab, reader, messageId } = await start(over, [{ text: words(0, 2_000), delayMs: 8 }]);
      const reading = tab.read();
      await expect.poll(() => tab.message?.content).toContain("word20 ");
      redis.freeze();
      try {
        const atLoss = tab.message?.content.length ?? 0;
        await expect.poll(() => tab.message?.content.length).toBeGreaterThan(atLoss + 99);
        expect(await reader.stop(everyone, messageId)).toEqual({ stopped: true });
        expect(await reading).toMatchObject({ status: "stopped" });
        expect(words(0, 2_000).join("")).toContain(tab.message?.content);
      } finally {
        redis.thaw();
      }
    });

    it("starts without Redis and uses it once it is there", async () => {
      await redis.kill();
      const database = await open();
      const provider = createScriptedProvider([{ text: words(0, 200), delayMs: 10 }]);
      const options = { redis, over, awaitRedis: false };
      const instances = await startInstances("redis", database, provider, options);
      started.push(instances);
      const { producer, reader, hubs } = instances;
      const chat = await producer.create(everyone, {});
      const { assistantMessage } = await producer.send(everyone, {
        chatId: chat.id,
        content: "Go",
      });
      const tab = new Tab(reader, assistantMessage.id);
      const reading = tab.read();
      await expect.poll(() => tab.message?.content).toContain("word5 ");
      await redis.restart();
      await connected(hubs.producer, hubs.reader);
      expect(await reading).toMatchObject({
        status: "complete",
        content: words(0, 200).join(""),
      });
    });
  });

  describe("a hub", () => {
    it("treats a Redis that hangs as lost, reports it, and watches the chat through the database", async () => {
      const { database, hubs, messageId, tab } = await start("calls", ["Fine."]);
      await tab.read();
      const events: string[] = [];
      const instance = new ChatService<null>({
        prisma: database.connect(),
        llm: createLLM({ provider: createScriptedProvider("Fine.") }),
        scope: "everyone",
        hub: hubs.reader,
        onEvent: ({ type }) => events.push(type),
      });
      const row = await database.prisma.llmMessage.findUnique({ where: { id: messageId } });
      const chatId = row?.chatId ?? "";
      const titles: (string | null)[] = [];
      const watching = new AbortController();
      const watch = (async () => {
        for await (const { data } of instance.watch(everyone, { chatId }, watching.signal))
          if (data.type === "chat") titles.push(data.chat.title);
      })();
      await expect.poll(() => events).toContain("subscriptionOpened");
      redis.freeze();
      try {
        await expect.poll(() => hubs.reader.isConnected).toBe(false);
        expect(events).toEqual(["subscriptionOpened", "hubDegraded"]);
        // This stands for a change by another process.
        const updatedAt = new Date(Date.now() + 1_000);
        await database.prisma.llmChat.update({
          where: { id: chatId },
          data: { title: "Renamed", updatedAt },
        });
        await expect.poll(() => titles).toEqual(["Renamed"]);
      } finally {
        redis.thaw();
      }
      await connected(hubs.reader, hubs.producer);
      await expect.poll(() => events.at(-1)).toBe("hubRestored");
      watching.abort();
      await watch;
    });

    it("reports the start and the end of an outage once", async () => {
      const { hubs } = await start("calls", ["Fine."]);
      const changes: boolean[] = [];
      hubs.reader.onConnectionChange?.((isConnected) => changes.push(isConnected));
      await redis.kill();
      await expect.poll(() => changes).toEqual([false]);
      const late: boolean[] = [];
      hubs.reader.onConnectionChange?.((isConnected) => late.push(isConnected));
      expect(late).toEqual([false]);
      await redis.restart();
      await connected(hubs.reader);
      await expect.poll(() => changes).toEqual([false, true]);
    });

    it("keeps a single entry in Redis, which expires", async () => {
      const { tab, producer, messageId } = await start("calls", [
        { text: words(0, 6_000) },
        { text: words(6_000, 100), delayMs: 10 },
      ]);
      await new Tab(producer, messageId).read();
      await tab.read();
      expect(tab.message?.content).toBe(words(0, 6_100).join(""));
      const client = await createClient({ url: redis.url }).connect();
      const keys = (await client.keys("*")).filter((key) => !key.includes(":wake:"));
      // The reader may have received the end from the database, so poll Redis.
      const left = async () => client.pTTL(keys[0] ?? "");
      await expect.poll(left).toBeLessThanOrEqual(60_000);
      expect(await left()).toBeGreaterThan(0);
      const length = await client.xLen(keys[0] ?? "");
      await client.close();
      expect(keys).toEqual([expect.stringMatching(/^node-llm-trpc:[\w-]{12}:answer:/)]);
      expect(keys[0]).toContain(messageId);
      expect(length).toBe(1);
    });
  });

  it("unsubscribes from channels that were left during an outage", async () => {
    const hub = connectHub(redis);
    await connected(hub);
    const client = createClient({ url: redis.url, disableOfflineQueue: true });
    client.on("error", () => undefined);
    await client.connect();
    const channels = async () =>
      (await client.pubSubChannels()).map((name) => name.replace("node-llm-trpc:", ""));
    const messages = ["m1", "m2"].map((id) => new Answer(fakeMessage({ id })));
    for (const answer of messages) hub.open(answer, () => undefined);
    const watching = new AbortController();
    hub.watch("chat", () => undefined, watching.signal);
    const leaving = new AbortController();
    hub.watch("other", () => undefined, leaving.signal);
    await expect
      .poll(async () => (await channels()).toSorted())
      .toEqual(["chat:chat", "chat:other", "stop:m1", "stop:m2"]);
    await redis.kill();
    await expect.poll(() => hub.isConnected).toBe(false);
    hub.end("m1");
    watching.abort();
    // The hub leaves this channel and joins it again.
    leaving.abort();
    let changes = 0;
    hub.watch("other", () => changes++, new AbortController().signal);
    await redis.restart();
    await connected(hub);
    await expect.poll(() => client.isReady).toBe(true);
    await expect.poll(async () => (await channels()).toSorted()).toEqual(["chat:other", "stop:m2"]);
    await client.publish("node-llm-trpc:chat:other", "another instance");
    await expect.poll(() => changes).toBe(1);
    client.destroy();
  });

  it.each(transports)("reads many answers on one connection to Redis, over %s", async (over) => {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, { text: words(0, 20), delayMs: 5 }]);
    const instances = await startInstances("redis", database, provider, { redis, over });
    started.push(instances);
    const { producer, reader } = instances;
    const tabs: Tab[] = [];
    for (let index = 0; index < 12; index++) {
      const chat = await producer.create(everyone, {});
      const { assistantMessage } = await producer.send(everyone, {
        chatId: chat.id,
        content: "Go",
      });
      tabs.push(new Tab(reader, assistantMessage.id));
    }
    const reading = Promise.all(tabs.map((tab) => tab.read()));
    await expect.poll(() => tabs.every((tab) => tab.message !== null)).toBe(true);
    const client = await createClient({ url: redis.url }).connect();
    const connections = (await client.clientList()).length;
    await client.close();
    expect(connections).toBe(3 + 3 + 1);
    provider.release(12);
    for (const message of await reading) expect(message?.content).toBe(words(0, 20).join(""));
  });
});
