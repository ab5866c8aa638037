import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { Database } from "../../src/orm/database.ts";
import { recoverMessage } from "../../src/orm/recover.ts";
import { readStream, startChatServer } from "../support/chat-server.ts";
import { describeDatabases } from "../support/describe-databases.ts";
import { tool } from "../support/tool.ts";

const call = (id: string, name: string) => ({ toolCall: { id, name, arguments: {} } });

/** Ends the answer in progress as one whose process has died, when it has saved something. */
async function takeOver(prisma: PrismaClient): Promise<void> {
  const saved = { kind: { in: ["text", "thinking"] } };
  await expect.poll(() => prisma.llmMessageChunk.count({ where: saved })).toBe(1);
  const where = { turnLock: { not: null } };
  await prisma.llmMessage.updateMany({ where, data: { createdAt: new Date(0) } });
  const row = await prisma.llmMessage.findFirstOrThrow({ where });
  // Not while it saves: then it lives.
  await expect
    .poll(() => recoverMessage(Database.open(prisma), row), { timeout: 9_000, interval: 5 })
    .toMatchObject({ status: "interrupted" });
}

describeDatabases((_name, open) => {
  it("an answer that was taken for dead ends as the database says, and runs no further tool", async () => {
    const { prisma } = await open();
    let runs = 0;
    const provider = createScriptedProvider([
      ["One ", call("c1", "slow")],
      ["two ", call("c2", "other")],
    ]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [
        tool("slow", async () => takeOver(prisma).then(() => "a late result")),
        tool("other", async () => `run ${++runs}`),
      ],
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
      ],
    });
    expect(runs).toBe(0);
    expect(events.at(-1)?.event).toEqual({ type: "done", message: stored });
  });

  it.each([
    ["text", ["One ", { hold: true }, { fail: 500 }]],
    ["nothing", [{ thinking: { text: "Hm. " } }, { hold: true }, { fail: 500 }]],
  ] satisfies [string, ScriptStep[]][])(
    "an answer of %s that fails after it was taken for dead ends as the database says",
    async (_what, script) => {
      const { prisma } = await open();
      const provider = createScriptedProvider([script]);
      const llm = createLLM({ provider });
      const server = await startChatServer(prisma, llm, { onError: () => undefined });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Count" });
      const reading = readStream(client, { messageId: assistantMessage.id });
      await provider.waitForHold();
      await takeOver(prisma);
      provider.release();
      const events = await reading;
      const [, stored] = (await client.chat.messages.query({ chatId })).items;
      expect(stored).toMatchObject({ status: "interrupted" });
      expect(events.at(-1)?.event).toEqual({ type: "done", message: stored });
      const requests = await prisma.llmRequest.findMany();
      expect(requests).toMatchObject([{ messageId: assistantMessage.id }]);
    },
  );
});
