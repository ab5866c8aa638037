import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { tool } from "../support/providers/tool.ts";

const never = new Promise<never>(() => undefined);
const call = { toolCall: { id: "c1", name: "remove" } };
const tools = [tool("remove", async () => "removed")];

describeDatabases(
  (_name, open) => {
    it("a stop ends an answer while the app decides whether a tool needs approval", async () => {
      const { prisma } = await open();
      const llm = createLLM({ provider: createScriptedProvider([["One ", call], ["Two"]]) });
      let isAsked = false;
      const needsApproval = (): Promise<never> => {
        isAsked = true;
        return never;
      };
      const server = await startChatServer(prisma, llm, { tools, needsApproval });
      const { chat } = server.client("u1");
      const { id: chatId } = await chat.create.mutate({});
      const { assistantMessage } = await chat.send.mutate({ chatId, content: "Remove it" });
      await expect.poll(() => isAsked).toBe(true);
      const { id: messageId } = assistantMessage;
      expect(await chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect((await chat.messages.query({ chatId })).items.at(-1)).toMatchObject({
        status: "stopped",
        content: "One ",
      });
      const again = await chat.send.mutate({ chatId, content: "Leave it" });
      expect(again.assistantMessage.id).not.toBe(messageId);
      await readStream(server.client("u1"), { messageId: again.assistantMessage.id });
    });

    it("a stop ends an answer whose middleware hangs", async () => {
      const { prisma } = await open();
      let isHanging = false;
      const onRequest = async (): Promise<void> => {
        if (isHanging) return;
        isHanging = true;
        await never;
      };
      const middlewares = [{ name: "hangs", onRequest }];
      const llm = createLLM({ provider: createScriptedProvider("Fine."), middlewares });
      const server = await startChatServer(prisma, llm);
      const { chat } = server.client("u1");
      const { id: chatId } = await chat.create.mutate({});
      const { assistantMessage } = await chat.send.mutate({ chatId, content: "Hi" });
      await expect.poll(() => isHanging).toBe(true);
      const { id: messageId } = assistantMessage;
      expect(await chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect((await chat.messages.query({ chatId })).items).toHaveLength(1);
      const again = await chat.send.mutate({ chatId, content: "Hi again" });
      await readStream(server.client("u1"), { messageId: again.assistantMessage.id });
      expect((await chat.messages.query({ chatId })).items.at(-1)).toMatchObject({
        status: "complete",
        content: "Fine.",
      });
    });

    it("a decision on an instance that cannot continue the answer changes nothing", async () => {
      const database = await open();
      const provider = createScriptedProvider([[call], ["Gone."]]);
      const settings = { tools, needsApproval: ["remove"] };
      const server = await startChatServer(database.prisma, createLLM({ provider }), settings);
      const { chat } = server.client("u1");
      const { id: chatId } = await chat.create.mutate({});
      const { assistantMessage } = await chat.send.mutate({ chatId, content: "Remove it" });
      const { id: messageId } = assistantMessage;
      await readStream(server.client("u1"), { messageId });
      const broken = await startChatServer(database.connect(), createLLM(), settings);
      const decision = { messageId, toolCallId: "c1", approved: true };
      const failure = await failureOf(broken.client("u1").chat.respondToTool.mutate(decision));
      expect(failure).toMatchObject({ data: { code: "INTERNAL_SERVER_ERROR" } });
      expect((await chat.messages.query({ chatId })).items.at(-1)).toMatchObject({
        status: "awaiting_approval",
        toolCalls: [{ status: "awaiting_approval" }],
      });
      await chat.respondToTool.mutate(decision);
      await readStream(server.client("u1"), { messageId });
      expect((await chat.messages.query({ chatId })).items.at(-1)).toMatchObject({
        status: "complete",
        content: "Gone.",
      });
    });
  },
  ["sqlite"],
);
