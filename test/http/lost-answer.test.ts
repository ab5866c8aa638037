import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { Gate } from "../../src/testing/gate.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { takeOver } from "../support/databases/take-over.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const call = (id: string, name: string) => ({ toolCall: { id, name, arguments: {} } });

async function takeOverWhenSaved(prisma: PrismaClient): Promise<void> {
  const saved = { kind: { in: ["text", "thinking"] } };
  await expect.poll(() => prisma.llmMessageChunk.count({ where: saved })).toBe(1);
  await takeOver(prisma);
}

describeDatabases((_name, open) => {
  it("an answer whose process was taken for dead ends as the database says, and runs no further tool", async () => {
    const { prisma } = await open();
    let runs = 0;
    const provider = createScriptedProvider([
      ["One ", call("c1", "slow")],
      ["two ", call("c2", "other")],
    ]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [
        tool("slow", async () => takeOverWhenSaved(prisma).then(() => "a late result")),
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

  it("an answer whose process was taken for dead before it continued does not run the approved tool", async () => {
    const database = await open();
    const { prisma } = database;
    let runs = 0;
    const tools = [tool("remove", async () => `run ${++runs}`)];
    const script = [["May I? ", call("c1", "remove")], ["Gone."]];
    const options = { tools, needsApproval: ["remove"], onError: () => undefined };
    const llm = createLLM({ provider: createScriptedProvider(script) });
    const here = (await startChatServer(prisma, llm, options)).client("u1");
    const { id: chatId } = await here.chat.create.mutate({});
    const sent = await here.chat.send.mutate({ chatId, content: "Remove it" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(here, { messageId });

    // This process hangs once it has taken the answer. Its writes fail, so they do not tell it what happened.
    const hanging = new Gate();
    const deaf = watchStatements(database, (statement) => {
      if (/^INSERT INTO .*LlmMessageChunk.*VALUES/.test(statement)) throw new Error("Not now");
    });
    const onRequest = async (): Promise<void> => hanging.pass(new AbortController().signal);
    const middlewares = [{ name: "hangs", onRequest }];
    const other = createLLM({ provider: createScriptedProvider(script), middlewares });
    const there = (await startChatServer(deaf.prisma, other, options)).client("u1");
    await there.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    await hanging.reached();
    await takeOver(prisma);
    const reading = readStream(there, { messageId });
    hanging.release(1);
    await reading;
    expect(runs).toBe(0);
    const [, stored] = (await here.chat.messages.query({ chatId })).items;
    expect(stored).toMatchObject({ status: "interrupted", toolCalls: [{ status: "error" }] });
    await deaf.close();
  });

  it.each([
    ["text", ["One ", { hold: true }, { fail: 500 }]],
    ["nothing", [{ thinking: { text: "Hm. " } }, { hold: true }, { fail: 500 }]],
  ] satisfies [string, ScriptStep[]][])(
    "an answer of %s that fails after its process was taken for dead ends as the database says",
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
      await takeOverWhenSaved(prisma);
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
