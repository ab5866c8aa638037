import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { hasText } from "../../../support/clients/has-text.ts";
import { startScriptedChat } from "../../../support/servers/start-scripted-chat.ts";

describeDatabases((_name, open) => {
  describe("stop", () => {
    it("aborts the provider's call, keeps the text, and reports whether it stopped something", async () => {
      const { prisma } = await open();
      const { provider, client, chatId } = await startScriptedChat(prisma, [
        "One ",
        { hold: true },
        "two",
      ]);
      const { assistantMessage } = await client.chat.send.mutate({
        chatId,
        content: "Count",
      });
      const messageId = assistantMessage.id;
      await readStream(client, { messageId }, hasText("One "));
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect(provider.aborted).toBe(1);
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: false });
      const page = await client.chat.messages.query({ chatId });
      expect(page.items.at(-1)).toMatchObject({
        id: messageId,
        status: "stopped",
        content: "One ",
      });
    });

    it("removes an answer without text, and the chat accepts the next question", async () => {
      const { prisma } = await open();
      const { provider, client, chatId } = await startScriptedChat(prisma, [
        [{ hold: true }, "late"],
        ["Done."],
      ]);
      const first = await client.chat.send.mutate({ chatId, content: "a" });
      await provider.waitForHold();
      expect(await client.chat.stop.mutate({ messageId: first.assistantMessage.id })).toEqual({
        stopped: true,
      });
      expect(
        (await client.chat.messages.query({ chatId })).items.map((message) => message.role),
      ).toEqual(["user"]);
      const second = await client.chat.send.mutate({ chatId, content: "b" });
      await readStream(client, { messageId: second.assistantMessage.id });
      expect(provider.requests[1]?.messages.map((message) => message.content)).toEqual(["a", "b"]);
    });

    it("works from another instance, through the database", async () => {
      const database = await open();
      const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
      const llm = createLLM({ provider });
      const one = (await startChatServer(database.prisma, llm)).client("u1");
      const two = (await startChatServer(database.connect(), llm)).client("u1");
      const chat = await one.chat.create.mutate({});
      const { assistantMessage } = await one.chat.send.mutate({
        chatId: chat.id,
        content: "Count",
      });
      await provider.waitForHold();
      const startedAt = performance.now();
      expect(await two.chat.stop.mutate({ messageId: assistantMessage.id })).toEqual({
        stopped: true,
      });
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(provider.aborted).toBe(1);
      expect((await two.chat.messages.query({ chatId: chat.id })).items.at(-1)).toMatchObject({
        status: "stopped",
        content: "One ",
      });
      expect(await two.chat.stop.mutate({ messageId: assistantMessage.id })).toEqual({
        stopped: false,
      });
    });
  });
});
