import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import type { ChatProcess } from "../support/processes/start-chat-process.ts";
import { startChatProcess } from "../support/processes/start-chat-process.ts";

const started: ChatProcess[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
});

/** How late a busy machine may be with a save. */
const patienceMs = 250;

describeDatabases((_name, open) => {
  const start = async (count: number) => {
    const { url, prisma } = await open();
    const chat = await createChat(prisma, createLLM({ provider: createScriptedProvider("Fine.") }));
    const processes = await Promise.all(
      Array.from({ length: count }, () => startChatProcess(url, chat.id)),
    );
    started.push(...processes);
    return { prisma, chat, processes };
  };

  it("of several processes that ask at once, one wins and the others get CONFLICT at once", async () => {
    const { chat, processes } = await start(3);
    for (const one of processes) one.ask();
    const first = await Promise.all(processes.map((one) => one.reported("produced", "failed")));
    expect(first.filter((report) => report.type === "produced")).toHaveLength(1);
    for (const report of first)
      if (report.type === "failed") expect(report).toMatchObject({ code: "CONFLICT" });
    expect(await chat.messages()).toHaveLength(2);
  });

  it("a killed process holds the lock for 10 s at most, and loses 250 ms of text at most", async () => {
    const { prisma, chat, processes } = await start(1);
    const [holder] = processes;
    if (holder === undefined) throw new Error("No process was started.");
    holder.ask();
    await expect.poll(() => holder.reports.length, { timeout: 10_000 }).toBeGreaterThan(90);
    const killedAt = await holder.kill();

    const old = holder.reports.findLast(
      (report) => report.type === "produced" && report.at < killedAt - 250 - patienceMs,
    );
    const expected = old?.type === "produced" ? old.length : 0;
    expect(expected).toBeGreaterThan(0);
    const answer = await askUntilUnlocked(chat, killedAt);
    expect(answer.at - killedAt).toBeLessThan(10_000);
    expect(answer.conflicts).toBeGreaterThan(0);
    const rows = await chat.messages();
    expect(rows.map((row) => [row.role, row.status])).toEqual([
      ["user", "complete"],
      ["assistant", "interrupted"],
      ["user", "complete"],
      ["assistant", "complete"],
    ]);
    const saved = rows[1]?.content ?? "";
    expect(saved.length).toBeGreaterThanOrEqual(expected);
    const whole = Array.from({ length: 400 }, (_, index) => `${index} `).join("");
    expect(whole.startsWith(saved)).toBe(true);
    expect(await prisma.llmMessage.count({ where: { turnLock: { not: null } } })).toBe(0);
  }, 30_000);
});

async function askUntilUnlocked(
  chat: Chat,
  since: number,
): Promise<{ at: number; conflicts: number }> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      await chat.ask("Are you there?");
      return { at: Date.now(), conflicts };
    } catch (error) {
      expect(error).toMatchObject({ code: "CONFLICT" });
      if (Date.now() - since > 15_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
