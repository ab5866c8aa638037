import { setTimeout as sleep } from "node:timers/promises";

import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { extendHarmlessly } from "../support/databases/extend-harmlessly.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const maxWait = 40;
const timeout = 500;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describeDatabases((name, open) => {
  const start = async (
    isBusy: (transaction: number) => boolean,
    extend = (prisma: PrismaClient) => prisma,
  ) => {
    const database = await open();
    let transactions = 0;
    const state = { isOn: false };
    const watcher = async (statement: string): Promise<void> => {
      // Prisma gives up on a transaction that has not begun within `maxWait`, with the error P2028.
      if (statement === "BEGIN" && state.isOn && isBusy(++transactions)) await sleep(4 * maxWait);
    };
    const watched = watchStatements(database, watcher, { maxWait });
    closing.push(async () => {
      // A transaction that Prisma has given up on begins all the same.
      await expect.poll(() => watched.running.count).toBe(0);
      await watched.close();
    });
    const provider = createScriptedProvider("An answer");
    const chat = await createChat(extend(watched.prisma), createLLM({ provider }));
    state.isOn = true;
    return { chat, provider };
  };

  it("an answer survives a database that is too busy to begin a transaction", async () => {
    const { chat, provider } = await start((transaction) => transaction % 2 === 1);
    expect(await chat.ask("A question")).toMatchObject({ content: "An answer" });
    expect(provider.calls).toBe(1);
    await expectAnswered(chat);
  });

  it("an answer survives a read that joins its transaction while another process writes", async () => {
    const database = await open();
    let transactions = 0;
    let isDisturbed = false;
    const watched = watchStatements(database, async (statement) => {
      if (statement === "BEGIN") isDisturbed = ++transactions % 2 === 1;
      else if (isDisturbed) {
        isDisturbed = false;
        // SQLite has one connection, so the transaction now has a snapshot from before the write.
        await watched.prisma.llmChat.count();
        await database.prisma.llmChat.create({ data: {} });
      }
    });
    closing.push(watched.close);
    const provider = createScriptedProvider("An answer");
    const chat = await createChat(watched.prisma, createLLM({ provider }));
    expect(await chat.ask("A question")).toMatchObject({ content: "An answer" });
    expect(provider.calls).toBe(1);
    expect(transactions).toBeGreaterThan(1);
    await expectAnswered(chat);
  });

  it("an answer survives a process that hangs in a transaction until it expires", async () => {
    const database = await open();
    let transactions = 0;
    let isSlow = false;
    const watcher = (statement: string): void => {
      if (statement === "BEGIN") isSlow = ++transactions % 2 === 1;
      else if (isSlow) {
        isSlow = false;
        // The process hangs. Then Prisma finds that the transaction has expired, and rolls it back.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeout + 100);
      }
    };
    const watched = watchStatements(database, watcher, { timeout });
    closing.push(watched.close);
    const provider = createScriptedProvider("An answer");
    const chat = await createChat(watched.prisma, createLLM({ provider }));
    expect(await chat.ask("A question")).toMatchObject({ content: "An answer" });
    expect(provider.calls).toBe(1);
    // On SQLite, no statement lets the event loop turn, so no transaction expires.
    expect(transactions).toBeGreaterThan(name === "sqlite" ? 1 : 2);
    await expectAnswered(chat);
  });

  it("a database that stays busy fails the call before the provider is asked", async () => {
    // A question that is one statement needs no time to begin.
    const { chat, provider } = await start(() => true, extendHarmlessly);
    await expect(chat.ask("A question")).rejects.toMatchObject({ code: "P2028" });
    expect(provider.calls).toBe(0);
    expect(await chat.messages()).toEqual([]);
  });
});

async function expectAnswered(chat: Chat): Promise<void> {
  expect(await chat.messages()).toMatchObject([
    { role: "user", content: "A question" },
    { role: "assistant", content: "An answer", status: "complete" },
  ]);
}
