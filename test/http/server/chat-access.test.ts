import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../support/clients/read-stream.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  describe("scope", () => {
    it("answers NOT_FOUND to everything outside the caller's scope", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider(["Mine", { hold: true }]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const mine = server.client("u1");
      const theirs = server.client("u2");
      const chat = await mine.chat.create.mutate({ title: "Mine" });
      const { userMessage, assistantMessage } = await mine.chat.send.mutate({
        chatId: chat.id,
        content: "Hi",
      });
      const chatId = chat.id;
      const messageId = assistantMessage.id;
      const strange = (id: { chatId: string; messageId: string }) => [
        theirs.chat.get.query(id),
        theirs.chat.update.mutate({ ...id, title: "Theirs" }),
        theirs.chat.delete.mutate(id),
        theirs.chat.messages.query(id),
        theirs.chat.send.mutate({ ...id, content: "Hi" }),
        theirs.chat.regenerate.mutate(id),
        theirs.chat.selectBranch.mutate(id),
        theirs.chat.stop.mutate(id),
        theirs.chat.stats.query(id),
        readStream(theirs, { messageId: id.messageId }),
      ];
      const describeErrors = async (calls: Promise<unknown>[]) =>
        (await Promise.allSettled(calls)).map((result) =>
          result.status === "rejected" ? String(result.reason) : "allowed",
        );
      const existing = await describeErrors(strange({ chatId, messageId }));
      const missing = await describeErrors(
        strange({ chatId: randomUUID(), messageId: randomUUID() }),
      );
      expect(existing).toEqual(missing);
      expect(existing.filter((error) => !error.includes("There is no such"))).toEqual([]);
      expect((await theirs.chat.list.query({})).items).toEqual([]);
      expect((await mine.chat.list.query({})).items).toMatchObject([
        { id: chatId, title: "Mine", activeMessageId: messageId },
      ]);
      await expect(server.client().chat.list.query({})).rejects.toMatchObject({
        data: { code: "UNAUTHORIZED" },
      });
      expect(userMessage.chatId).toBe(chatId);
      await mine.chat.stop.mutate({ messageId });
    });
  });
});
