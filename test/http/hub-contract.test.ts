import { randomUUID } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { ChatMessage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Scripts, ScriptedProvider } from "node-llm-trpc/testing";
import { Answer } from "../../src/chat/answer.ts";
import type { Instance, Instances } from "../support/servers/start-instances.ts";
import { connected, connectHub } from "../support/servers/connect-hub.ts";
import { showsText, Tab } from "../support/clients/tab.ts";
import { allHubKinds, startInstances, transports } from "../support/servers/start-instances.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { fakeMessage } from "../support/fakes/fake-message.ts";
import { openTurn } from "../support/databases/open-turn.ts";
import { RedisServer } from "../support/servers/redis-server.ts";
import { everyone } from "../support/servers/everyone.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(async () => {
  await redis.stop();
});

const variants = transports.flatMap((over) => allHubKinds.map((kind) => [kind, over] as const));

/**
 * The same guarantees hold whether a reader gets an answer in its own process, through a hub, or from the database, and
 * whether it is called there or reads over HTTP.
 */
describeDatabases(
  (_name, open) => {
    describe.each(variants)("with %s, over %s", (kind, over) => {
      const started: Instances[] = [];
      afterEach(async () => {
        for (const instances of started.splice(0)) await instances.close();
      });

      async function start(
        scripts: Scripts,
        retention?: number,
      ): Promise<Instances & { provider: ScriptedProvider; database: TestDatabase }> {
        const database = await open();
        const provider = createScriptedProvider(scripts);
        const options = { redis, over, ...(retention === undefined ? {} : { retention }) };
        const instances = await startInstances(kind, database, provider, options);
        started.push(instances);
        return { ...instances, provider, database };
      }

      it("gives the whole answer to a reader that joins at the start", async () => {
        const { producer, reader, provider } = await start([
          { hold: true },
          { thinking: { text: "Hm. " } },
          "One ",
          { hold: true },
          "two",
        ]);
        const { messageId } = await ask(producer);
        const tab = new Tab(reader, messageId);
        const reading = tab.read();
        await provider.waitForHold();
        await expect.poll(() => tab.message?.status).toBe("pending");
        provider.release();
        await expect.poll(() => tab.message?.content).toBe("One ");
        provider.release();
        expect(await reading).toMatchObject({
          status: "complete",
          content: "One two",
          thinking: "Hm. ",
        });
        expect(tab.events.filter((event) => event.type === "snapshot")).toHaveLength(1);
        expect(
          await reader.messages(everyone, { chatId: tab.message?.chatId ?? "" }),
        ).toMatchObject({
          items: [{ role: "user" }, { id: messageId, content: "One two" }],
        });
      });

      it("continues an answer that waits for approval on the instance that gets the decision", async () => {
        const { producer, reader, provider } = await start([
          ["May I? ", { toolCall: { id: "c1", name: "remove", arguments: {} } }],
          ["Yes. ", { hold: true }, "Done. ", { toolCall: { id: "c2", name: "remove" } }],
          ["The ", { hold: true }, "end."],
        ]);
        const { messageId } = await ask(producer);
        const tabs = [new Tab(producer, messageId), new Tab(reader, messageId)];
        const read = (until?: (message: ChatMessage) => boolean) =>
          Promise.all(tabs.map((tab) => tab.read(until)));
        for (const message of await read())
          expect(message).toMatchObject({ status: "awaiting_approval", content: "May I? " });
        await reader.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
        await provider.waitForHold();
        await read(showsText("May I? Yes. "));
        const reading = read();
        provider.release();
        for (const message of await reading)
          expect(message).toMatchObject({
            status: "awaiting_approval",
            content: "May I? Yes. Done. ",
          });
        await producer.respondToTool(everyone, { messageId, toolCallId: "c2", approved: false });
        await provider.waitForHold();
        const ending = read();
        provider.release();
        for (const message of await ending) {
          expect(message).toMatchObject({
            status: "complete",
            content: "May I? Yes. Done. The end.",
            toolCalls: [{ status: "complete" }, { status: "denied" }],
          });
        }
        expect(provider.calls).toBe(3);
      });

      it("gives a reader that joins in the middle a snapshot and the rest, with tool calls in order", async () => {
        const { producer, reader, provider } = await start([
          ["Look: ", { toolCall: { id: "c1", name: "look", arguments: { at: "it" } } }],
          ["I saw. ", { hold: true }, "The end."],
        ]);
        const { messageId } = await ask(producer);
        await provider.waitForHold();
        const tab = new Tab(reader, messageId);
        await tab.read(showsText("Look: I saw. "));
        expect(tab.events[0]?.type).toBe("snapshot");
        provider.release();
        const message = await tab.read();
        expect(message).toMatchObject({
          status: "complete",
          toolCalls: [{ toolCallId: "c1", result: "a thing", status: "complete" }],
          parts: [
            { type: "text", text: "Look: " },
            { type: "tool", toolCallId: "c1" },
            { type: "text", text: "I saw. The end." },
          ],
        });
      });

      it("gives a late reader only the end", async () => {
        const { producer, reader } = await start(["All of it."]);
        const { messageId } = await ask(producer);
        await new Tab(producer, messageId).read();
        const tab = new Tab(reader, messageId);
        await tab.read();
        expect(tab.events).toMatchObject([
          { type: "done", message: { status: "complete", content: "All of it." } },
        ]);
      });

      it("resumes after the last event of another instance, for each of several readers", async () => {
        const { producer, reader, provider } = await start([
          "One ",
          { hold: true },
          "two ",
          { hold: true },
          "three",
        ]);
        const { messageId } = await ask(producer);
        const first = new Tab(producer, messageId);
        await first.read(showsText("One "));
        const lastEventId = first.received.at(-1)?.id ?? "";
        provider.release();
        const second = new Tab(reader, messageId);
        await second.read(showsText("One two "));
        const resumed = reader.stream(
          everyone,
          { messageId, lastEventId },
          AbortSignal.timeout(9_000),
        );
        expect((await resumed.next()).value).toMatchObject({
          data: { type: "text", at: 4, text: "two " },
        });
        const both = Promise.all([first.read(), second.read()]);
        await provider.waitForHold();
        provider.release();
        expect((await both).map((message) => message?.content)).toEqual([
          "One two three",
          "One two three",
        ]);
        const rest = [];
        for await (const { data } of resumed) rest.push(data);
        expect(rest.at(-1)).toMatchObject({ type: "done", message: { content: "One two three" } });
        expect(rest.slice(0, -1)).toEqual(
          rest.length === 1 ? [] : [{ type: "text", at: 8, text: "three" }],
        );
      });

      it("waits for what a reader has from another instance, and sends none of it again", async () => {
        const { producer, reader, provider } = await start([
          { hold: true },
          "One ",
          { hold: true },
          "two",
          { hold: true },
        ]);
        const { messageId } = await ask(producer);
        const first = new Tab(producer, messageId);
        await provider.waitForHold();
        const reading = first.read(showsText("One "));
        provider.release();
        await reading;
        const lastEventId = first.received.at(-1)?.id ?? "";
        const resumed = reader.stream(
          everyone,
          { messageId, lastEventId },
          AbortSignal.timeout(9_000),
        );
        const next = resumed.next();
        provider.release();
        expect((await next).value).toMatchObject({ data: { type: "text", at: 4, text: "two" } });
        provider.release();
        expect((await resumed.next()).value).toMatchObject({ data: { type: "done" } });
      });

      const buffered =
        over === "calls" ? "" : " (skipped: a connection's buffers hold more than this answer)";
      it.skipIf(buffered !== "")(
        `gives a slow reader one event for many small ones${buffered}`,
        async () => {
          const { producer, reader, provider } = await start([
            "Begin. ",
            { hold: true },
            { text: Array.from({ length: 200 }, (_, index) => `${index} `), delayMs: 1 },
            { hold: true },
          ]);
          const { messageId } = await ask(producer);
          await provider.waitForHold();
          const slow = reader.stream(everyone, { messageId }, AbortSignal.timeout(9_000));
          const quick = new Tab(reader, messageId);
          await quick.read(showsText("Begin. "));
          const take = async (known: string): Promise<string> => {
            const { value } = await slow.next();
            if (value?.data.type === "snapshot") return value.data.message.content;
            return value?.data.type === "text" ? known + value.data.text : known;
          };
          let content = await take("");
          if (content === "") content = await take(content);
          provider.release();
          await quick.read((message) => message.content.endsWith(" 199 "));
          expect(await take(content)).toBe(quick.message?.content);
          provider.release();
          expect((await slow.next()).value).toMatchObject({ data: { type: "done" } });
        },
      );

      it("stops from the reader's instance within a second, once, and keeps the text", async () => {
        const { producer, reader, provider } = await start(["One ", { hold: true }, "two"]);
        const { messageId } = await ask(producer);
        const tab = new Tab(reader, messageId);
        await tab.read(showsText("One "));
        const reading = tab.read();
        const startedAt = performance.now();
        const stopping = reader.stop(everyone, messageId);
        await expect.poll(() => provider.aborted).toBe(1);
        expect(performance.now() - startedAt).toBeLessThan(1_000);
        expect(await stopping).toEqual({ stopped: true });
        expect(await reader.stop(everyone, messageId)).toEqual({ stopped: false });
        expect(await producer.stop(everyone, messageId)).toEqual({ stopped: false });
        expect(await reading).toMatchObject({ status: "stopped", content: "One " });
      });

      it("ends as interrupted when the producer dies", async () => {
        const { producer, reader, database, hubs } = await start("Fine.");
        const chat = await producer.create(everyone, {});
        const messageId = await openTurn(database.prisma, chat.id, {
          secondsAgo: 5.5,
          text: ["Half"],
        });
        if (kind === "redis") await leaveHalfAnAnswer(messageId, chat.id);
        else expect(await hubs.reader.find(messageId)).toBeNull();
        const tab = new Tab(reader, messageId);
        expect(await tab.read()).toMatchObject({
          status: "interrupted",
          error: { code: "INTERRUPTED", retryable: true },
        });
        expect(tab.events[0]).toMatchObject({ type: "snapshot" });
        expect(tab.message?.content).toBe("Half");
      });

      it("does not find an unknown answer", async () => {
        const { reader, hubs } = await start("Fine.");
        const messageId = randomUUID();
        expect(await hubs.reader.find(messageId)).toBeNull();
        expect(await hubs.reader.stop(messageId)).toBe("unknown");
        const notFound = { code: "NOT_FOUND" };
        await expect(new Tab(reader, messageId).read()).rejects.toMatchObject(notFound);
        await expect(reader.stop(everyone, messageId)).rejects.toMatchObject(notFound);
      });

      it("reports a failure without text to late readers while the hub retains it", async () => {
        const failure = Object.assign(new Error("no"), { status: 503 });
        const script = [{ hold: true }, { error: failure }] as const;
        const { producer, reader, provider, database } = await start(script, 700);
        const { messageId } = await ask(producer);
        await provider.waitForHold();
        provider.release();
        await expect.poll(async () => await database.prisma.llmMessage.count()).toBe(1);
        const late = async (): Promise<string | undefined> => {
          const message = await new Tab(reader, messageId).read();
          return message?.error?.code;
        };
        if (kind !== "database") await expect.poll(late).toBe("OVERLOADED");
        await new Promise((resolve) => setTimeout(resolve, 800));
        await expect(late()).rejects.toMatchObject({ code: "NOT_FOUND" });
      });
    });
  },
  ["sqlite"],
);

async function ask(producer: Instance): Promise<{ messageId: string; chatId: string }> {
  const chat = await producer.create(everyone, {});
  const { assistantMessage } = await producer.send(everyone, { chatId: chat.id, content: "Go" });
  return { messageId: assistantMessage.id, chatId: chat.id };
}

/** Leaves in Redis what a killed process leaves there. */
async function leaveHalfAnAnswer(id: string, chatId: string): Promise<void> {
  const hub = connectHub(redis);
  await connected(hub);
  const answer = new Answer(fakeMessage({ id, chatId, status: "pending" }));
  hub.open(answer, () => undefined);
  answer.append("text", "Half");
  await new Promise((resolve) => setTimeout(resolve, 50));
  hub.close();
}
