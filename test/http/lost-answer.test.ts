import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../src/orm/database.ts";
import { recoverMessage } from "../../src/orm/recover.ts";
import { readStream, startChatServer } from "../support/chat-server.ts";
import { describeDatabases } from "../support/describe-databases.ts";
import { tool } from "../support/tool.ts";

const call = (id: string, name: string) => ({ toolCall: { id, name, arguments: {} } });

describeDatabases((_name, open) => {
  it("an answer that was taken for dead ends as the database says, and leaves no tool running", async () => {
    const { prisma } = await open();
    const takeOver = async (): Promise<string> => {
      await expect.poll(() => prisma.llmMessageChunk.count({ where: { kind: "text" } })).toBe(1);
      const createdAt = new Date(Date.now() - 60_000);
      await prisma.llmMessage.updateMany({
        where: { turnLock: { not: null } },
        data: { createdAt },
      });
      const row = await prisma.llmMessage.findFirst({ where: { turnLock: { not: null } } });
      if (row === null) throw new Error("No answer is in progress.");
      expect(await recoverMessage(Database.open(prisma), row)).not.toBeNull();
      return "a late result";
    };
    const provider = createScriptedProvider([
      ["One ", call("c1", "slow")],
      ["two ", call("c2", "endless")],
    ]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("slow", takeOver), tool("endless", () => new Promise(() => undefined))],
      onError: () => undefined,
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Count" });
    const events = await readStream(client, { messageId: assistantMessage.id });
    const [, stored] = (await client.chat.messages.query({ chatId })).items;
    expect(stored).toMatchObject({
      status: "interrupted",
      content: "One ",
      toolCalls: [
        { toolCallId: "c1", status: "error", result: expect.stringContaining("was stopped") },
        { toolCallId: "c2", status: "error", result: expect.stringContaining("did not finish") },
      ],
    });
    expect(events.at(-1)?.event).toEqual({ type: "done", message: stored });
  });
});
