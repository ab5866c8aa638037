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
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { takeOver } from "../../../support/databases/take-over.ts";
import { tool } from "../../../support/providers/tool.ts";

describeEveryDatabase((_name, open) => {
  it("returns the saved text when another reader has recovered the message meanwhile", async () => {
    const { prisma } = await open();
    const { id } = await createChat(
      prisma,
      createLLM({ provider: createScriptedProvider("Fine.") }),
    );
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: ["Half ", "of it"] });
    const recovered: string[] = [];
    const db = Database.open(prisma, {}, (message) => recovered.push(message.id));
    const stale = await db.message.findFirst({ where: { id: messageId } });
    if (stale === null) throw new Error("The message is missing.");
    for (const attempt of [1, 2]) {
      const message = await recoverMessage(db, stale);
      expect(message, `attempt ${attempt}`).toMatchObject({
        status: "interrupted",
        content: "Half of it",
      });
    }
    expect(recovered).toEqual([messageId]);
  });

  it("keeps the fence against a process that hung before its first save, also when recovered twice", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const { id } = await createChat(prisma, llm);
    const messageId = await openTurn(prisma, id, { secondsAgo: 60, text: [] });
    const db = Database.open(prisma);
    const stale = await db.message.findFirst({ where: { id: messageId } });
    if (stale === null) throw new Error("The message is missing.");
    for (const attempt of [1, 2]) {
      const message = await recoverMessage(db, stale);
      expect(message, `attempt ${attempt}`).toMatchObject({ status: "interrupted" });
    }
    const late = encodeEntry({ kind: "beat" }, { messageId, seq: 0, at: 60_000 });
    await expect(db.chunkWriter.save([late])).rejects.toSatisfy(isUniqueViolation);
  });

  it("reports a call that awaited approval as not run, and accepts no approval for it", async () => {
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
    await takeOver(prisma);
    provider.release();
    await expect(asking).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(runs).toBe(0);
    expect(await prisma.llmToolCall.findMany()).toEqual([]);
  });

  it("interrupts an answer whose process is gone, keeps its text, and accepts the next question", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    const dead = await openTurn(prisma, chat.id, { secondsAgo: 20, text: ["Half an ", "answer"] });
    await chat.ask("Are you there?");
    expect(await prisma.llmMessage.findUnique({ where: { id: dead } })).toMatchObject({
      status: "interrupted",
      content: "Half an answer",
      turnLock: null,
    });
    expect(provider.requests[0]?.messages).toEqual([
      { role: "user", content: "Are you alive?" },
      { role: "assistant", content: "Half an answer" },
      { role: "user", content: "Are you there?" },
    ]);
  });

  it("does not touch an answer whose process is alive", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    await openTurn(prisma, chat.id, { secondsAgo: 2, text: ["Half"] });
    await expect(chat.ask("Are you there?")).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("does not let a process change its answer after another one has recovered it, but keeps its requests", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const answer = chat.ask("Count");
    await provider.waitForHold();
    await prisma.llmMessage.updateMany({
      where: { turnLock: chat.id },
      data: { turnLock: null, status: "interrupted", content: "One " },
    });
    provider.release();
    await expect(answer).rejects.toMatchObject({ code: "NOT_FOUND" });
    const message = (await chat.messages()).at(-1);
    expect(message).toMatchObject({ status: "interrupted", content: "One " });
    expect(await prisma.llmRequest.findMany()).toMatchObject([{ messageId: message?.id }]);
  });
});
