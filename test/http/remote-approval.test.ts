import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ScriptedProvider } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { ChatService } from "../../src/server/chat-service.ts";
import { Gate } from "../../src/testing/gate.ts";
import type { Instance } from "../support/servers/start-instances.ts";
import { showsText, Tab } from "../support/clients/tab.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";
import { everyone } from "../support/servers/everyone.ts";

const forever = new AbortController().signal;
const call = (id: string) => ({ toolCall: { id, name: "remove", arguments: {} } });

function startInstance(prisma: PrismaClient, provider: ScriptedProvider): Instance {
  return new ChatService<null>({
    prisma,
    llm: createLLM({ provider }),
    scope: "everyone",
    tools: [tool("remove", async () => "removed")],
    needsApproval: ["remove"],
  });
}

describeDatabases((_name, open) => {
  // The reads of the log: is the producer alive, what is saved, and what has been saved since.
  it.each([
    { look: 2, moment: "while it joins" },
    { look: 3, moment: "after it has joined" },
  ])(
    "a reader on another instance gets the text in order when the answer waits and continues $moment",
    async ({ look }) => {
      const database = await open();
      const provider = createScriptedProvider([
        ["One. ", { hold: true }, "Two. ", call("c1")],
        ["Three. ", { hold: true }, "Four."],
      ]);
      const gate = new Gate();
      let looks = 0;
      const watched = watchStatements(database, async (statement) => {
        const isLook = statement.startsWith("SELECT") && statement.includes("LlmMessageChunk");
        if (isLook && ++looks === look) await gate.pass(forever);
      });
      const producer = startInstance(database.prisma, provider);
      const reader = startInstance(watched.prisma, provider);
      const { id: chatId } = await producer.create(everyone, {});
      const { assistantMessage } = await producer.send(everyone, { chatId, content: "Remove it" });
      const { id: messageId } = assistantMessage;
      await provider.waitForHold();
      const saved = async (): Promise<string[]> =>
        (await database.prisma.llmMessageChunk.findMany({ where: { messageId } })).map(
          ({ text }) => text,
        );
      await expect.poll(saved).toContain("One. ");

      const tab = new Tab(reader, messageId);
      const reading = tab.read(showsText("One. Two. Three. "));
      await gate.reached();
      provider.release();
      const row = () => database.prisma.llmMessage.findUnique({ where: { id: messageId } });
      await expect.poll(row).toMatchObject({ status: "awaiting_approval" });
      await producer.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
      await expect.poll(saved).toContain("Three. ");
      gate.release(1);

      const parts = [
        { type: "text", text: "One. Two. " },
        { type: "tool", toolCallId: "c1" },
        { type: "text", text: "Three. " },
      ];
      expect(await reading).toMatchObject({ content: "One. Two. Three. ", parts });
      provider.release();
      expect(await tab.read()).toMatchObject({ content: "One. Two. Three. Four." });
      await watched.close();
    },
  );

  it("a reader that joins when an answer continues is not sent the pause that a slow reader has yet to read", async () => {
    const database = await open();
    const provider = createScriptedProvider([
      ["One. ", { hold: true }, call("c1")],
      ["Two. ", { hold: true }],
    ]);
    const producer = startInstance(database.prisma, provider);
    const reader = startInstance(database.connect(), provider);
    const { id: chatId } = await producer.create(everyone, {});
    const { assistantMessage } = await producer.send(everyone, { chatId, content: "Remove it" });
    const { id: messageId } = assistantMessage;
    await provider.waitForHold();
    const slow = reader.stream(everyone, { messageId }, forever);
    expect((await slow.next()).value).toMatchObject({ data: { type: "snapshot" } });
    provider.release();
    let type = "";
    while (type !== "done") type = (await slow.next()).value?.data.type ?? "";

    await producer.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
    await provider.waitForHold();
    const tab = new Tab(reader, messageId);
    expect(await tab.read(showsText("One. Two. "))).toMatchObject({ status: "streaming" });
    provider.release();
    expect(await tab.read()).toMatchObject({ status: "complete", content: "One. Two. " });
    expect(await slow.next()).toMatchObject({ done: true });
  });
});
