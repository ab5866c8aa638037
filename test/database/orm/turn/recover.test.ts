import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { decideToolCall } from "../../../../src/orm/turn/decide-tool-call.ts";
import { isUniqueViolation } from "../../../../src/orm/database/prisma-errors.ts";
import { encodeEntry } from "../../../../src/orm/turn/log-entry.ts";
import { recoverMessage } from "../../../../src/orm/turn/recover.ts";
import { readMessage } from "../../../../src/server/streams/read-saved-message.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { tool } from "../../../support/providers/tool.ts";

describeDatabases((_name, open) => {
  it("gives the saved text to a reader who read the message before another one recovered it", async () => {
    const { prisma } = await open();
    const { id } = await createChat(
      prisma,
      createLLM({ provider: createScriptedProvider("Fine.") }),
    );
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: ["Half ", "of it"] });
    const recovered: string[] = [];
    const db = Database.open(prisma, {}, (message) => recovered.push(message.id));
    const stale = await db.message.findFirst({ where: { id: messageId } });
    if (stale === null) throw new Error("the message is missing");
    for (const attempt of [1, 2]) {
      const message = await recoverMessage(db, stale);
      expect(message, `attempt ${attempt}`).toMatchObject({
        status: "interrupted",
        content: "Half of it",
      });
    }
    expect(recovered).toEqual([messageId]);
  });

  it("keeps the fence in front of a process that hung before its first save, whoever comes late", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const { id } = await createChat(prisma, llm);
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: [] });
    const db = Database.open(prisma);
    const stale = await db.message.findFirst({ where: { id: messageId } });
    if (stale === null) throw new Error("the message is missing");
    for (const attempt of [1, 2]) {
      const message = await recoverMessage(db, stale);
      expect(message, `attempt ${attempt}`).toMatchObject({ status: "interrupted" });
    }
    const late = encodeEntry({ kind: "beat" }, { messageId, seq: 0, at: 60_000 });
    await expect(db.chunkWriter.save([late])).rejects.toSatisfy(isUniqueViolation);
  });

  it("says of a call that nobody had allowed that it was not run, and takes no approval for it", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const { id } = await createChat(prisma, llm);
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: ["May I?"] });
    const call = { messageId, toolCallId: "c1", name: "remove", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "awaiting_approval" } });
    const db = Database.open(prisma);
    const stale = await prisma.llmMessage.findUniqueOrThrow({ where: { id: messageId } });
    const approval = decideToolCall(db, stale, { toolCallId: "c1", approved: true });
    expect(await failureOf(approval)).toMatchObject({ code: "CONFLICT" });
    const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id: messageId } });
    expect((await readMessage(db, row)).toolCalls).toMatchObject([
      { status: "denied", result: expect.stringContaining("was not run") },
    ]);
  });

  it("runs no tool in a process that was taken for dead", async () => {
    const { prisma } = await open();
    let runs = 0;
    const run = (): Promise<string> => Promise.resolve(`run ${++runs}`);
    const provider = createScriptedProvider([
      ["One ", { hold: true }, { toolCall: { id: "c1", name: "slow" } }],
      ["Two"],
    ]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const asking = chat.withTool(tool("slow", run)).ask("Go");
    await provider.waitForHold();
    const where = { turnLock: chat.id };
    await prisma.llmMessage.updateMany({ where, data: { createdAt: new Date(0) } });
    const row = await prisma.llmMessage.findFirstOrThrow({ where });
    // Not while it saves: then it lives.
    await expect
      .poll(() => recoverMessage(Database.open(prisma), row), { timeout: 9_000, interval: 5 })
      .toMatchObject({ status: "interrupted" });
    provider.release();
    await expect(asking).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(runs).toBe(0);
    expect(await prisma.llmToolCall.findMany()).toEqual([]);
  });
});
