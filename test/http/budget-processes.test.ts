import { afterEach, expect, it } from "vitest";

import type { ChatBudget } from "node-llm-trpc/server";
import { createAppClient } from "../support/clients/create-app-client.ts";
import { describeMigrated } from "../support/databases/describe-databases.ts";
import { endLease } from "../support/databases/end-lease.ts";
import { failureOf } from "../support/failure-of.ts";
import { ServerProcess } from "../support/kill/server/server-process.ts";
import type { OpenAIServer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";

const processes: ServerProcess[] = [];
const providers: OpenAIServer[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
  for (const provider of providers.splice(0)) await provider.close();
});

const scope = '{"userId":"u1"}';
const refused = { data: { code: "TOO_MANY_REQUESTS" } };

/** Processes that share only the database. Their provider waits until the test releases it. */
describeMigrated((name, open) => {
  /** @param toolMs for how long the tool runs that the model calls first, in milliseconds; null for no tool. */
  const start = async (count: number, budget: ChatBudget, toolMs: number | null = null) => {
    const database = await open();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* answer(): AsyncGenerator<string, void> {
      yield "Once";
      await held;
      yield ".";
    }
    const work = { id: "c1", name: "work", arguments: JSON.stringify({ ms: toolMs, say: "it" }) };
    const usage = { prompt_tokens: 900, completion_tokens: 20 };
    const provider = await startOpenAIServer(({ messages }) =>
      toolMs === null || messages.at(-1)?.role === "tool"
        ? { pieces: answer() }
        : { toolCalls: [work], usage },
    );
    providers.push(provider);
    const started = Array.from({ length: count }, () => new ServerProcess());
    processes.push(...started);
    for (const one of started) {
      const place = { name, url: database.url, redisUrl: null };
      await one.open(place, provider.baseUrl, budget);
    }
    const clients = started.map(({ url }) => createAppClient(url, "u1").chat);
    const createChat = async () =>
      (await database.prisma.llmChat.create({ data: { userId: "u1", title: "A chat" } })).id;
    const totals = () => database.prisma.llmAccount.findUnique({ where: { id: scope } });
    return { prisma: database.prisma, provider, started, clients, createChat, totals, release };
  };

  it("of many questions at once to three processes, at most one answer goes over the budget", async () => {
    const { prisma, provider, clients, createChat, totals, release } = await start(3, {
      tokens: 10_000,
      per: "month",
    });
    const chats = await Promise.all(Array.from({ length: 12 }, createChat));
    const results = await Promise.allSettled(
      chats.map(async (chatId, index) => {
        await clients[index % 3]?.send.mutate({ chatId, content: "How much?" });
      }),
    );
    // Each reserves 4,096 tokens for the answer, which is NodeLLM's default, and the others for the question and tools.
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject(refused);
    const reserved = await totals();
    expect(reserved).toMatchObject({ answers: 3 });
    expect(reserved?.tokens).toBeGreaterThan(3 * (4_096 + 530));
    expect(reserved?.tokens).toBeLessThan(3 * 5_000);
    expect(await prisma.llmMessage.count()).toBe(6);
    await expect.poll(() => provider.requests.length).toBe(3);
    release();
    await expect.poll(totals).toMatchObject({ answers: 0, tokens: 0 });
    expect(await prisma.llmUsage.count()).toBe(3);
  });

  it("releases what a killed process had reserved, and counts what its call has cost", async () => {
    const budget = { tokens: 4_000, per: "month" } as const;
    const { prisma, started, clients, createChat, totals } = await start(2, budget);
    const [doomed, survivor] = clients;
    const [chatId, other] = [await createChat(), await createChat()];
    const sent = await doomed?.send.mutate({ chatId, content: "How much?" });
    const messageId = sent?.assistantMessage.id ?? "";
    await expect
      .poll(() => prisma.llmMessageChunk.count({ where: { messageId, kind: "text" } }))
      .toBe(1);
    const send = async () => {
      await survivor?.send.mutate({ chatId: other, content: "And now?" });
    };
    expect(await failureOf(send())).toMatchObject(refused);
    await started[0]?.kill();
    // For the length of the lease nobody knows that it is gone.
    expect(await failureOf(send())).toMatchObject(refused);
    await endLease(prisma, messageId);
    await send();
    expect(await prisma.llmMessage.findUnique({ where: { id: messageId } })).toMatchObject({
      status: "interrupted",
      content: "Once",
    });
    const [call] = await prisma.llmUsage.findMany();
    expect(call).toMatchObject({ scope, messageId, isEstimate: true, outputTokens: 2 });
    expect(call?.statusCode).toBe(0);
    const spent = (call?.inputTokens ?? 0) + 2;
    expect(spent).toBeGreaterThan(530);
    expect(await totals()).toMatchObject({ answers: 1, spentTokens: BigInt(spent) });
  }, 40_000);

  it("counts a call once whose process hangs for longer than its lease, and goes on", async () => {
    const budget = { tokens: 1_000_000, per: "month" } as const;
    const { prisma, started, clients, createChat, totals, release } = await start(2, budget);
    const chatId = await createChat();
    const sent = await clients[0]?.send.mutate({ chatId, content: "How much?" });
    const messageId = sent?.assistantMessage.id ?? "";
    await expect
      .poll(() => prisma.llmMessageChunk.count({ where: { messageId, kind: "text" } }))
      .toBe(1);
    const hanging = started[0]?.hang(2_000);
    await endLease(prisma, messageId);
    const read = async () => (await clients[1]?.messages.query({ chatId }))?.items.at(-1)?.status;
    await expect.poll(read).toBe("interrupted");
    const calls = () => prisma.llmUsage.findMany({ where: { messageId } });
    expect(await calls()).toMatchObject([{ errorCode: "INTERRUPTED", isEstimate: true }]);
    await hanging;
    release();
    const codes = async () => (await calls()).map(({ errorCode }) => errorCode);
    await expect.poll(codes).not.toContain("INTERRUPTED");
    expect(await codes()).toHaveLength(1);
    const [call] = await calls();
    const spent = (call?.inputTokens ?? 0) + (call?.outputTokens ?? 0);
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, spentTokens: BigInt(spent) });
  });

  it.each([
    ["during the call after a tool", 20, 2],
    ["while a tool runs", 60_000, 1],
  ])(
    "counts each call once when the process is killed %s",
    async (_when, toolMs, calls) => {
      const budget = { tokens: 1_000_000, per: "month" } as const;
      const { prisma, started, clients, createChat, totals } = await start(2, budget, toolMs);
      const chatId = await createChat();
      const sent = await clients[0]?.send.mutate({ chatId, content: "How much?" });
      const messageId = sent?.assistantMessage.id ?? "";
      const entries = (kind: string) =>
        prisma.llmMessageChunk.count({ where: { messageId, kind } });
      await expect.poll(() => entries(calls === 2 ? "text" : "tool"), { timeout: 5_000 }).toBe(1);
      await expect.poll(() => prisma.llmUsage.count()).toBe(1);
      const held = await totals();
      if (calls === 2) expect(held?.tokens).toBeGreaterThan(4_096 + 920);
      else expect(held).toMatchObject({ answers: 1, tokens: 0 });
      await started[0]?.kill();
      await endLease(prisma, messageId);
      await clients[1]?.send.mutate({ chatId, content: "And now?" });
      expect(await prisma.llmMessage.findUnique({ where: { id: messageId } })).toMatchObject({
        status: "interrupted",
      });
      const rows = await prisma.llmUsage.findMany({
        where: { messageId },
        orderBy: { createdAt: "asc" },
      });
      expect(rows).toHaveLength(calls);
      expect(rows[0]).toMatchObject({ inputTokens: 900, outputTokens: 20, isEstimate: false });
      if (calls === 2) {
        expect(rows[1]).toMatchObject({ isEstimate: true, outputTokens: 2, statusCode: 0 });
        // What the model had read before, its answer, and the result of the tool.
        expect(rows[1]?.inputTokens).toBeGreaterThan(920);
        expect(rows[1]?.inputTokens).toBeLessThan(1_000);
      }
      // The new answer goes on meanwhile.
      const difference = async () => {
        const all = await prisma.llmUsage.findMany();
        const sum = all.reduce((total, row) => total + row.inputTokens + row.outputTokens, 0);
        return Number((await totals())?.spentTokens) - sum;
      };
      await expect.poll(difference).toBe(0);
    },
    40_000,
  );
});
