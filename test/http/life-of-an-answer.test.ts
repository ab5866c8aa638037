import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import type { ChatEvent, ChatMessage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvents } from "../support/clients/apply-events.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { hasText } from "../support/clients/has-text.ts";
import { openTurn } from "../support/databases/open-turn.ts";
import { startScriptedChat } from "../support/servers/start-scripted-chat.ts";
import { tool } from "../support/providers/tool.ts";

const isText = (event: ChatEvent): boolean => event.type === "text";

function fold(placeholder: ChatMessage, events: readonly { event: ChatEvent }[]): ChatMessage {
  return applyEvents(
    placeholder,
    events.map((one) => one.event),
  );
}

describeDatabases((_name, open) => {
  describe("an answer", () => {
    it("has its id in the database before the provider is called, and streams under that id", async () => {
      const database = await open();
      const { provider, client, chatId } = await startScriptedChat(database, [
        "Hello",
        { hold: true },
        " world",
        { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } },
      ]);
      const id = randomUUID();
      const { userMessage, assistantMessage } = await client.chat.send.mutate({
        chatId,
        content: "Hi",
        id,
      });
      expect(userMessage).toMatchObject({ id, role: "user", content: "Hi", status: "complete" });
      expect(assistantMessage).toMatchObject({
        role: "assistant",
        parentId: id,
        status: "pending",
        content: "",
      });
      await provider.waitForCall(1);
      expect(
        await database.prisma.llmMessage.findUnique({ where: { id: assistantMessage.id } }),
      ).not.toBeNull();
      const messageId = assistantMessage.id;
      const begin = await readStream(client, { messageId }, hasText("Hello"));
      expect(begin[0]?.event.type).toBe("snapshot");
      provider.release();
      const lastEventId = begin.at(-1)?.id ?? "";
      const events = [...begin, ...(await readStream(client, { messageId, lastEventId }))];
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          id: assistantMessage.id,
          status: "complete",
          content: "Hello world",
          usage: { inputTokens: 3, outputTokens: 2, cachedTokens: null, cost: null },
        },
      });
      for (const { id: eventId } of events) expect(eventId).not.toBe("");
      expect(fold(assistantMessage, events).content).toBe("Hello world");
      const page = await client.chat.messages.query({ chatId });
      expect(page.items.map((message) => [message.id, message.content])).toEqual([
        [id, "Hi"],
        [assistantMessage.id, "Hello world"],
      ]);
    });

    it("resumes after the last event, sends nothing twice, and ends at once for late readers", async () => {
      const { provider, client, send } = await startScriptedChat(await open(), [
        "One ",
        { hold: true },
        "two ",
        { hold: true },
        "three",
      ]);
      const { assistantMessage } = await send("Count");
      const messageId = assistantMessage.id;
      const first = await readStream(client, { messageId }, hasText("One "));
      provider.release();
      const lastEventId = first.at(-1)?.id ?? "";
      const second = await readStream(client, { messageId, lastEventId }, isText);
      expect(second.map((one) => one.event)).toEqual([{ type: "text", at: 4, text: "two " }]);
      provider.release();
      const rest = await readStream(client, { messageId, lastEventId: second.at(-1)?.id ?? "" });
      expect(fold(assistantMessage, [...first, ...second, ...rest]).content).toBe("One two three");
      const late = await readStream(client, { messageId });
      expect(late.map((one) => one.event)).toMatchObject([
        { type: "done", message: { content: "One two three" } },
      ]);
      const unknown = await readStream(client, { messageId, lastEventId: "nonsense" });
      expect(unknown.at(-1)?.event.type).toBe("done");
    });

    it("continues when its reader leaves", async () => {
      const { provider, client, chatId, send } = await startScriptedChat(await open(), [
        "One ",
        { hold: true },
        "two",
      ]);
      const { assistantMessage } = await send("Count");
      await readStream(client, { messageId: assistantMessage.id }, hasText("One "));
      provider.release();
      await expect
        .poll(async () => (await client.chat.messages.query({ chatId })).items.at(-1))
        .toMatchObject({ status: "complete", content: "One two" });
    });

    it("can be read on another instance from the database", async () => {
      const scripts = [
        ["Look: ", { toolCall: { id: "c1", name: "look", arguments: { at: "it" } } }],
        ["I saw. ", { hold: true } as const, "The end."],
      ];
      const tools = [tool("look", async () => "a thing")];
      const { provider, send, startOther } = await startScriptedChat(await open(), scripts, {
        tools,
      });
      const other = await startOther();
      const { assistantMessage } = await send("Look");
      const messageId = assistantMessage.id;
      const before = await readStream(other, { messageId }, hasText("Look: I saw. "));
      const reading = readStream(other, { messageId, lastEventId: before.at(-1)?.id ?? "" });
      provider.release();
      const after = await reading;
      const message = fold(assistantMessage, [...before, ...after]);
      expect(message).toMatchObject({
        status: "complete",
        content: "Look: I saw. The end.",
        toolCalls: [
          {
            toolCallId: "c1",
            name: "look",
            arguments: { at: "it" },
            result: "a thing",
            status: "complete",
          },
        ],
        parts: [
          { type: "text", text: "Look: " },
          { type: "tool", toolCallId: "c1" },
          { type: "text", text: "I saw. The end." },
        ],
      });
      expect(after.filter((event) => event.event.type === "snapshot")).toEqual([]);
    });

    it("becomes interrupted for its readers when its process dies", async () => {
      const { prisma } = await open();
      const server = await startChatServer(
        prisma,
        createLLM({ provider: createScriptedProvider("Fine.") }),
      );
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const dead = await openTurn(prisma, chat.id, { secondsAgo: 6, text: ["Half"] });
      expect((await client.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        id: dead,
        status: "streaming",
        content: "Half",
      });
      const events = await readStream(client, { messageId: dead });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          status: "interrupted",
          content: "Half",
          error: { code: "INTERRUPTED", retryable: true },
        },
      });
      const { assistantMessage } = await client.chat.regenerate.mutate({ messageId: dead });
      expect(assistantMessage.siblings).toEqual({ index: 1, count: 2 });
      await readStream(client, { messageId: assistantMessage.id });
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => message.content)).toEqual(["Are you alive?", "Fine."]);
    });

    it("fails with a safe error, and can be regenerated", async () => {
      const { prisma } = await open();
      const failure = Object.assign(new Error("key sk-123 refused"), { status: 503 });
      const provider = createScriptedProvider([
        ["Half ", { error: failure }],
        [{ error: failure }],
        ["Whole."],
      ]);
      const seen: unknown[] = [];
      const server = await startChatServer(prisma, createLLM({ provider }), {
        onError: ({ error }) => seen.push(error),
      });
      const client = server.client("u1");
      const chat = await client.chat.create.mutate({});
      const { userMessage, assistantMessage } = await client.chat.send.mutate({
        chatId: chat.id,
        content: "Hi",
      });
      const events = await readStream(client, { messageId: assistantMessage.id });
      expect(events.at(-1)?.event).toMatchObject({
        type: "done",
        message: {
          status: "failed",
          content: "Half ",
          error: { code: "OVERLOADED", retryable: true },
        },
      });
      expect(JSON.stringify(events)).not.toContain("sk-123");
      expect(seen).toEqual([failure]);
      const again = await client.chat.regenerate.mutate({ messageId: assistantMessage.id });
      const failed = await readStream(client, { messageId: again.assistantMessage.id });
      expect(failed.at(-1)?.event).toMatchObject({ message: { status: "failed", content: "" } });
      // A failed answer without text is not kept.
      const page = await client.chat.messages.query({ chatId: chat.id });
      expect(page.items.map((message) => message.id)).toEqual([userMessage.id]);
      const third = await client.chat.regenerate.mutate({ messageId: userMessage.id });
      await readStream(client, { messageId: third.assistantMessage.id });
      expect((await client.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        content: "Whole.",
      });
    });
  });
});
