import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { loseAnswers } from "../support/databases/lose-answers.ts";
import { takeOver } from "../support/databases/take-over.ts";
import { tool } from "../support/providers/tool.ts";
import { toolCallStep } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { unlimited } from "../support/servers/unlimited.ts";

const usage = (input: number) => ({ usage: { input_tokens: input, output_tokens: 20, cost: 0.5 } });
const held: readonly ScriptStep[] = ["One ", { hold: true }, "two.", usage(100)];

/** The calls before the one during which the process hangs. */
const before: Readonly<Record<string, readonly (readonly ScriptStep[])[]>> = {
  "the first call": [],
  "the call after a tool": [[toolCallStep("c1", "look"), usage(50)]],
  "the third call": [
    [toolCallStep("c1", "look"), usage(50)],
    [toolCallStep("c2", "look"), usage(60)],
  ],
};
const budgets = [undefined, { tokens: 1_000_000, per: "month" as const }];
const hangs = Object.entries(before).flatMap(([when, calls]) =>
  budgets.map((budget) => ({ when, calls, budget, limit: budget ? "a budget" : "no budget" })),
);

/** What the ledger has of a scope, checked against all that is added up from it. */
async function readLedger(prisma: PrismaClient, userId: string) {
  const scope = JSON.stringify({ userId });
  const rows = await prisma.llmUsage.findMany({ where: { scope }, orderBy: { createdAt: "asc" } });
  const sum = (value: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + value(row), 0);
  const days = await prisma.llmUsageDay.findMany({ where: { scope } });
  for (const kind of ["model", "chat"]) {
    const ofKind = days.filter((day) => day.kind === kind);
    const total = (name: "requests" | "errors" | "inputTokens" | "outputTokens") =>
      ofKind.reduce((all, day) => all + Number(day[name]), 0);
    expect(total("requests")).toBe(rows.length);
    expect(total("errors")).toBe(sum((row) => (row.errorCode === null ? 0 : 1)));
    expect(total("inputTokens")).toBe(sum((row) => row.inputTokens));
    expect(total("outputTokens")).toBe(sum((row) => row.outputTokens));
    expect(ofKind.reduce((all, day) => all + (day.cost ?? 0), 0)).toBeCloseTo(
      sum((row) => row.cost ?? 0),
    );
  }
  const totals = await prisma.llmAccount.findUniqueOrThrow({ where: { id: scope } });
  expect(Number(totals.spentTokens)).toBe(sum((row) => row.inputTokens + row.outputTokens));
  expect(totals.spentCost).toBeCloseTo(sum((row) => row.cost ?? 0));
  return { rows, totals };
}

describeDatabases((_name, open) => {
  it.each(hangs)(
    "a process that hangs during $when under $limit, and comes back, has each call in the ledger once",
    async ({ calls, budget }) => {
      const { prisma } = await open();
      const provider = createScriptedProvider([...calls, held]);
      const llm = createLLM({ provider });
      const server = await startChatServer(prisma, llm, {
        tools: [tool("look", async () => "seen")],
        onError: () => undefined,
        ...(budget === undefined ? {} : { budget: () => budget }),
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const sent = await client.chat.send.mutate({ chatId, content: "Count" });
      await provider.waitForHold();
      await expect.poll(() => prisma.llmMessageChunk.count({ where: { kind: "text" } })).toBe(1);
      await takeOver(prisma);
      const estimated = await readLedger(prisma, "u1");
      expect(estimated.rows).toHaveLength(calls.length + 1);
      expect(estimated.rows.at(-1)).toMatchObject({ errorCode: "INTERRUPTED", isEstimate: true });
      expect(estimated.totals).toMatchObject({ answers: 0, tokens: 0, cost: 0 });

      provider.release();
      const isInterrupted = { errorCode: "INTERRUPTED" };
      await expect.poll(() => prisma.llmUsage.count({ where: isInterrupted })).toBe(0);
      const { rows, totals } = await readLedger(prisma, "u1");
      expect(rows).toHaveLength(calls.length + 1);
      expect(rows.at(-1)).toMatchObject({ inputTokens: 100, outputTokens: 20, cost: 0.5 });
      expect(totals).toMatchObject({ answers: 0, tokens: 0, cost: 0 });
      expect(await prisma.llmAccount.count({ where: { answers: { gt: 0 } } })).toBe(0);
      // Nothing may write to a database that is removed.
      await readStream(client, { messageId: sent.assistantMessage.id });
    },
  );

  it("the end of an answer is written once, whichever answer of the database is lost", async () => {
    const database = await open();
    const { prisma } = database;
    const losing = loseAnswers(database);
    const provider = createScriptedProvider(() => held);
    const server = await startChatServer(losing.prisma, createLLM({ provider }), {
      onError: () => undefined,
      limits: unlimited,
      budget: () => ({ tokens: 1_000_000, per: "month" }),
    });
    const end = async (userId: string, lost: number) => {
      const client = server.client(userId);
      losing.arm(0);
      const { id: chatId } = await client.chat.create.mutate({});
      const sent = await client.chat.send.mutate({ chatId, content: "Count" });
      const { id: messageId } = sent.assistantMessage;
      await provider.waitForHold();
      const saved = { messageId, kind: "text" };
      await expect.poll(() => prisma.llmMessageChunk.count({ where: saved })).toBe(1);
      losing.arm(lost);
      provider.release();
      const events = await readStream(client, { messageId });
      const writes = losing.count();
      losing.arm(0);
      const [, stored] = (await client.chat.messages.query({ chatId })).items;
      expect(events.at(-1)?.event, userId).toMatchObject({ type: "done" });
      expect(stored?.status, userId).toMatch(/^(complete|failed)$/);
      expect(stored?.content, userId).toBe("One two.");
      await expect
        .poll(() => prisma.llmAccount.count({ where: { answers: { gt: 0 } } }), { message: userId })
        .toBe(0);
      const { rows, totals } = await readLedger(prisma, userId);
      expect(rows, userId).toHaveLength(1);
      expect(rows[0], userId).toMatchObject({ inputTokens: 100, outputTokens: 20, cost: 0.5 });
      expect(totals, userId).toMatchObject({ answers: 0, tokens: 0, cost: 0 });
      // Only the ledger gets a call later.
      const requests = await prisma.llmRequest.count({ where: { chatId } });
      expect(requests, userId).toBeLessThanOrEqual(1);
      return { writes, status: stored?.status };
    };
    const { writes } = await end("none is lost", 0);
    expect(writes).toBeGreaterThan(8);
    const statuses: unknown[] = [];
    for (let lost = 1; lost <= writes; lost++)
      statuses.push((await end(`${lost} is lost`, lost)).status);
    // What was committed is not done again, and what was rolled back may fail the answer.
    expect(statuses).toContain("complete");
  });
});
