import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import type { LedgerEntry } from "../../../../src/orm/usage/ledger-statements.ts";
import { addToLedger } from "../../../../src/orm/usage/ledger-statements.ts";
import { readUsage } from "../../../../src/orm/usage/read-usage.ts";
import { scopeKey } from "../../../../src/orm/usage/scope-key.ts";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

const llm = createLLM({ provider: createScriptedProvider("") });

/** Adds calls to the ledger, as if they had ended at these times. */
async function addCalls(
  prisma: PrismaClient,
  calls: readonly (Partial<LedgerEntry> & { readonly at: string })[],
): Promise<void> {
  const db = Database.open(prisma);
  for (const { at, ...call } of calls) {
    const entry: LedgerEntry = {
      id: randomUUID(),
      scope: scopeKey({ userId: "u1" }),
      chatId: "c1",
      messageId: null,
      kind: "answer",
      provider: "p",
      model: "m",
      statusCode: 200,
      errorCode: null,
      duration: 1,
      inputTokens: 10,
      outputTokens: 5,
      cachedTokens: null,
      cost: null,
      isEstimate: false,
      ...call,
    };
    await db.batch(addToLedger(db, entry, Date.parse(at)));
  }
}

describeEveryDatabase((_name, open) => {
  it("adds up tokens, cost, errors and latency by day, model and chat, in the caller's scope", async () => {
    const { prisma } = await open();
    const client = (await startChatServer(prisma, llm)).client("u1");
    const mine = await client.chat.create.mutate({ title: "Mine" });
    const other = await client.chat.create.mutate({ title: "Other" });
    const first = { at: "2026-01-01T23:30:00Z", chatId: mine.id, model: "a", cost: 0.01 };
    const second = { at: "2026-01-02T23:30:00Z", model: "b" };
    await addCalls(prisma, [
      ...Array.from({ length: 100 }, (_, index) => ({ ...first, duration: index + 1 })),
      { ...second, chatId: mine.id, duration: 7000, cachedTokens: 4 },
      { ...second, chatId: other.id, duration: 9000, statusCode: 500 },
      { ...second, chatId: other.id, statusCode: 499 },
      { ...second, chatId: other.id, cost: 100, scope: scopeKey({ userId: "u2" }) },
    ]);
    const { groups } = await client.chat.usage.query({ groupBy: "day" });
    expect(groups).toEqual([
      {
        key: "2026-01-01",
        title: null,
        requests: 100,
        errors: 0,
        inputTokens: 1000,
        outputTokens: 500,
        cachedTokens: null,
        cost: expect.closeTo(1),
        p50: 50,
        p95: 95,
      },
      {
        key: "2026-01-02",
        title: null,
        requests: 3,
        errors: 1,
        inputTokens: 30,
        outputTokens: 15,
        cachedTokens: 4,
        cost: null,
        p50: 7000,
        p95: 7000,
      },
    ]);
    const models = await client.chat.usage.query({
      groupBy: "model",
      from: "2026-01-02T00:00:00Z",
      to: "2026-01-03T00:00:00Z",
    });
    expect(models.groups).toMatchObject([{ key: "b", requests: 3 }]);
    const chats = await client.chat.usage.query({ groupBy: "chat" });
    expect(chats.groups.map((group) => [group.key, group.title])).toEqual([
      [mine.id, "Mine"],
      [other.id, "Other"],
    ]);
    await expect(
      client.chat.usage.query({ groupBy: "day", from: "yesterday" }),
    ).rejects.toMatchObject({
      data: { code: "BAD_REQUEST" },
      message: expect.stringContaining("ISO 8601"),
    });
  });

  it("still counts a chat that was deleted or has left the scope, without its title", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(
      ["Hi", { usage: { input_tokens: 3, output_tokens: 2 } }],
      {
        repeatLast: true,
      },
    );
    const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
    const ids: string[] = [];
    for (const title of ["Deleted", "Given away"]) {
      const { id: chatId } = await client.chat.create.mutate({ title });
      const sent = await client.chat.send.mutate({ chatId, content: "Hello" });
      await readStream(client, { messageId: sent.assistantMessage.id });
      ids.push(chatId);
    }
    const [deleted = "", given = ""] = ids;
    await client.chat.delete.mutate({ chatId: deleted });
    await prisma.llmChat.update({ where: { id: given }, data: { userId: "u2", title: "Secret" } });
    const { groups } = await client.chat.usage.query({ groupBy: "chat" });
    const counted = { title: null, requests: 1, inputTokens: 3, outputTokens: 2 };
    expect(groups.toSorted((a, b) => ids.indexOf(a.key) - ids.indexOf(b.key))).toMatchObject([
      { key: deleted, ...counted },
      { key: given, ...counted },
    ]);
  });

  it("adds up everyone's calls by scope for an administrator, and for no one else", async () => {
    const { prisma } = await open();
    const server = await startChatServer(prisma, llm, {
      // An app may have to ask its database.
      usageOf: async ({ ctx }) => (ctx.userId === "admin" ? "everyone" : "caller"),
    });
    const at = "2026-01-01T00:00:00Z";
    const u2 = scopeKey({ userId: "u2" });
    await addCalls(prisma, [
      { at, cost: 1 },
      { at, scope: u2, cost: 2 },
      { at, scope: u2, cost: 3 },
    ]);
    const read = async (user: string) =>
      (await server.client(user).chat.usage.query({ groupBy: "scope" })).groups.map((group) => [
        group.key,
        group.requests,
        group.cost,
      ]);
    expect(await read("admin")).toEqual([
      ['{"userId":"u2"}', 2, 5],
      ['{"userId":"u1"}', 1, 1],
    ]);
    expect(await read("u1")).toEqual([['{"userId":"u1"}', 1, 1]]);
    expect(await read("u3")).toEqual([]);
  });

  it("gives the sums of the calls themselves, for any range of time", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const random = new SeededRandom("ranges");
    const start = Date.parse("2026-01-30T00:00:00Z");
    const scopes = ["u1", "u2"].map((userId) => scopeKey({ userId }));
    const time = (): number =>
      random.chance(0.2)
        ? start + random.between(0, 5) * 86_400_000
        : start + random.between(0, 5 * 86_400_000);
    const calls = Array.from({ length: 150 }, () => ({
      at: new Date(time()).toISOString(),
      scope: random.pick(scopes),
      chatId: random.pick(["c1", "c2"]),
      model: random.pick(["a", "b"]),
      statusCode: random.pick([200, 200, 499, 500, 0]),
      inputTokens: random.between(0, 9),
      cachedTokens: random.pick([null, 1]),
      cost: random.pick([null, 0.25]),
      duration: random.between(1, 99),
    }));
    await addCalls(prisma, calls);
    for (let round = 0; round < 60; round++) {
      const [from = 0, to = 0] = [time(), time()].toSorted((a, b) => a - b);
      const groupBy = random.pick(["day", "model", "chat", "scope"] as const);
      const scope = random.pick([...scopes, null]);
      const range = {
        ...(random.chance(0.8) ? { from: new Date(from).toISOString() } : {}),
        ...(random.chance(0.8) ? { to: new Date(to).toISOString() } : {}),
      };
      const counted = calls.filter(
        (call) =>
          (scope === null || call.scope === scope) &&
          Date.parse(call.at) >= Date.parse(range.from ?? "1970-01-01") &&
          Date.parse(call.at) < Date.parse(range.to ?? "9999-01-01"),
      );
      const keyOf = {
        day: (call: (typeof calls)[number]) => call.at.slice(0, 10),
        model: (call: (typeof calls)[number]) => call.model,
        chat: (call: (typeof calls)[number]) => call.chatId,
        scope: (call: (typeof calls)[number]) => call.scope,
      }[groupBy];
      const expected = [...new Set(counted.map(keyOf))].toSorted().map((key) => {
        const group = counted.filter((call) => keyOf(call) === key);
        const sum = (values: readonly (number | null)[]): number | null =>
          values.reduce((a, b) => (b === null ? a : (a ?? 0) + b), null);
        const times = group.filter((call) => call.statusCode === 200).map((call) => call.duration);
        const place = (percent: number) =>
          times.toSorted((a, b) => a - b)[Math.floor((times.length * percent + 99) / 100) - 1] ??
          null;
        return {
          key,
          title: null,
          requests: group.length,
          errors: group.filter(({ statusCode }) => [0, 500].includes(statusCode)).length,
          inputTokens: sum(group.map((call) => call.inputTokens)),
          outputTokens: group.length * 5,
          cachedTokens: sum(group.map((call) => call.cachedTokens)),
          cost: sum(group.map((call) => call.cost)),
          p50: place(50),
          p95: place(95),
        };
      });
      const groups = await readUsage(db, { ...range, groupBy, scope, columns: {} });
      expect(groups.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(expected);
    }
  });
});
