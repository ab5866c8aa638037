import { randomUUID } from "node:crypto";
import { createLLM, ServerError } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import type { LedgerEntry } from "../../../../src/orm/usage/ledger-statements.ts";
import {
  addToLedger,
  addToLedgerOnce,
  interrupted,
} from "../../../../src/orm/usage/ledger-statements.ts";
import { recordCall } from "../../../../src/orm/usage/record-call.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { loseAnswers } from "../../../support/databases/lose-answers.ts";
import { tool } from "../../../support/providers/tool.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

const usage = { input_tokens: 100, output_tokens: 50 };
const busy = new ServerError("busy", 500, {}, "scripted", "scripted-model");
const refused = Object.assign(new Error("refused"), { status: 400 });

describeEveryDatabase((_name, open) => {
  it("records each call in a row: retries, calls that follow tools, failures and aborts", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [{ error: busy }],
      [{ toolCall: { id: "c1", name: "look" } }, { usage: { ...usage, cost: 0.25 } }],
      ["Fine.", { usage: { ...usage, cost: 0.5 } }],
      ["Half", { error: refused }],
      ["Half", { usage }, { hold: true }],
    ]);
    const llm = createLLM({ provider, retry: { attempts: 2, delayMs: 0 } });
    const chat = await createChat(prisma, llm, {
      model: "scripted-model",
      tools: [tool("look", async () => "seen")],
    });
    const answer = await chat.ask("One");
    expect(await failureOf(chat.ask("Two"))).toBe(refused);
    for await (const _ of chat.askStream("Three")) break;

    const rows = await prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
    expect(rows).toHaveLength(provider.calls);
    expect(rows.map((row) => [row.statusCode, row.inputTokens, row.cost, row.errorCode])).toEqual([
      [500, 0, null, "PROVIDER_ERROR"],
      [200, 100, 0.25, null],
      [200, 100, 0.5, null],
      [400, 0, null, "BAD_REQUEST"],
      [499, 0, null, "ABORTED"],
    ]);
    const stopped = (await chat.messages()).at(-1);
    expect(rows.map((row) => row.messageId)).toEqual([
      answer.id,
      answer.id,
      answer.id,
      null, // Rolled back.
      stopped?.id,
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ chatId: chat.id, provider: "scripted", model: "scripted-model" });
      expect(row.duration).toBeGreaterThanOrEqual(0);
    }
    expect(answer).toMatchObject({ inputTokens: 200, outputTokens: 100, cost: 0.75 });
    expect(await chat.stats()).toEqual({
      input_tokens: 200,
      output_tokens: 100,
      total_tokens: 300,
      cost: 0.75,
    });
  });

  it("measures each call in milliseconds, without the wait before a retry", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [{ error: busy }],
      [{ text: ["Fi", "ne."], delayMs: 60 }],
    ]);
    const llm = createLLM({ provider, retry: { attempts: 2, delayMs: 0 } });
    await (await createChat(prisma, llm)).ask("Hi");
    const rows = await prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
    expect(rows[0]?.duration).toBeLessThan(60);
    expect(rows[1]?.duration).toBeGreaterThanOrEqual(110);
    expect(rows[1]?.duration).toBeLessThan(2_000);
  });

  it("replaces the estimate of a process that believed this one dead, whichever answer of the database is lost", async () => {
    const database = await open();
    const { prisma } = database;
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const { id: chatId } = await createChat(prisma, llm);
    const [db, losing] = [Database.open(prisma), loseAnswers(database)];
    const slow = Database.open(losing.prisma);
    const owner = { chatId, messageId: randomUUID(), kind: "answer", scope: "everyone" } as const;
    const outcome = {
      provider: "p",
      model: "m",
      statusCode: 200,
      duration: 1,
      errorCode: null,
      inputTokens: 100,
      outputTokens: 20,
      cachedTokens: null,
      cost: 0.5,
    };
    const estimate = { inputTokens: 7, outputTokens: 3 };
    const end = async (lost: number) => {
      const callId = randomUUID();
      const lostCall = { ...owner, ...outcome, ...estimate, id: callId, isEstimate: true };
      const entry: LedgerEntry = { ...lostCall, statusCode: 0, cost: 0.1, errorCode: interrupted };
      await db.batch(addToLedger(db, entry, Date.now()));
      const unrecorded: LedgerEntry[] = [];
      losing.arm(lost);
      await recordCall(slow, owner, outcome, {
        callId,
        estimate: () => estimate,
        isOfMessage: false,
        onUnrecorded: (one) => unrecorded.push(one),
      }).catch((error: unknown) => {
        if (unrecorded.length === 0) throw error;
      });
      const writes = losing.count();
      losing.arm(0);
      // As the end of the answer does.
      for (const one of unrecorded) await slow.batch(await addToLedgerOnce(slow, one));
      const rows = await prisma.llmUsage.findMany({ where: { id: callId } });
      expect(rows, `${lost} is lost`).toMatchObject([
        { errorCode: null, inputTokens: 100, outputTokens: 20, cost: 0.5, isEstimate: false },
      ]);
      return writes;
    };
    const writes = await end(0);
    expect(writes).toBeGreaterThan(4);
    for (let lost = 1; lost <= writes; lost++) await end(lost);
    const totals = await prisma.llmAccount.findUniqueOrThrow({ where: { id: owner.scope } });
    expect(Number(totals.spentTokens)).toBe((writes + 1) * 120);
    expect(totals.spentCost).toBeCloseTo((writes + 1) * 0.5);
  });

  it("lets the database add up the rows, in one query", async () => {
    const database = await open();
    const statements: string[] = [];
    const { prisma, close } = watchStatements(database, (sql) => void statements.push(sql));
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const chat = await createChat(prisma, llm);
    await prisma.llmRequest.createMany({
      data: Array.from({ length: 500 }, () => ({
        chatId: chat.id,
        provider: "p",
        model: "m",
        statusCode: 200,
        duration: 1,
        inputTokens: 2,
        outputTokens: 1,
        cost: 0.5,
      })),
    });
    statements.length = 0;
    expect(await chat.stats()).toEqual({
      input_tokens: 1_000,
      output_tokens: 500,
      total_tokens: 1_500,
      cost: 250,
    });
    expect(statements).toEqual([expect.stringMatching(/^SELECT .*SUM\(/)]);
    await close();
  });
});
