import { randomUUID } from "node:crypto";

import { createLLM, PricingRegistry } from "@node-llm/core";
import { beforeAll, expect, it } from "vitest";

import type { ChatRouterOptions } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { promptTokens, questionTokens } from "../../../../src/orm/usage/estimate-tokens.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

type Budget = NonNullable<ChatRouterOptions<{ userId: string }>["budget"]>;

const scope = '{"userId":"u1"}';
const refused = { data: { code: "TOO_MANY_REQUESTS" } };
/** A dollar for a million tokens that are read, ten for those that are written. */
beforeAll(() => {
  PricingRegistry.register("scripted", "scripted-model", {
    text_tokens: { standard: { input_per_million: 1, output_per_million: 10 } },
  });
  return () => PricingRegistry.reset();
});

const usage = (input: number, output: number) => ({
  usage: { input_tokens: input, output_tokens: output },
});

describeDatabases((_name, open) => {
  async function start(
    script: Parameters<typeof createScriptedProvider>[0],
    budget: Budget | undefined,
    options: AppRouterOptions = {},
  ) {
    const database = await open();
    const { prisma } = database;
    const provider = createScriptedProvider(script, { repeatLast: true });
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const given = { ...options, ...(budget === undefined ? {} : { budget }) };
    const limits = { answersAtOnce: "unlimited", answersPerMinute: "unlimited" } as const;
    const all = { ...given, limits: { ...limits, ...options.limits }, onError: () => undefined };
    const servers = [
      await startChatServer(prisma, llm, all),
      await startChatServer(database.connect(), llm, all),
      await startChatServer(database.connect(), llm, all),
    ];
    const [client, ...others] = servers.map((server) => server.client("u1"));
    if (client === undefined) throw new Error("No instance was started.");
    const createChat = async (): Promise<string> => {
      const chat = await prisma.llmChat.create({ data: { userId: "u1", title: "A chat" } });
      return chat.id;
    };
    const ask = async (content: string, chatId?: string) => {
      const chat = chatId ?? (await createChat());
      const sent = await client.chat.send.mutate({ chatId: chat, content });
      const { id: messageId } = sent.assistantMessage;
      const last = (await readStream(client, { messageId })).at(-1)?.event;
      if (last?.type !== "done") throw new Error("The stream did not end.");
      return { ...last.message, chatId: chat, question: sent.userMessage };
    };
    const totals = async () => await prisma.llmAccount.findUniqueOrThrow({ where: { id: scope } });
    const ledger = async () =>
      await prisma.llmUsage.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
    return { prisma, provider, client, others, createChat, ask, totals, ledger };
  }

  it("admits answers while what was spent is below the budget, and says when it is free again", async () => {
    const { prisma, provider, client, ask, ledger } = await start(
      ["Fine.", usage(100_000, 40_000)],
      () => ({ usd: 1, per: "day" }),
    );
    await ask("One?");
    const second = await ask("Two?");
    expect((await ledger()).map(({ cost, isEstimate }) => [cost, isEstimate])).toEqual([
      [0.5, false],
      [0.5, false],
    ]);
    const before = await prisma.llmMessage.count();
    const error = await failureOf(ask("Three?"));
    const midnight = new Date(new Date().setUTCHours(24, 0, 0, 0)).toISOString();
    expect(error).toMatchObject({
      ...refused,
      message: `The budget for this day is used up. Try again after ${midnight}.`,
    });
    const again = client.chat.regenerate.mutate({ messageId: second.id });
    expect(await failureOf(again)).toMatchObject(refused);
    expect(await prisma.llmMessage.count()).toBe(before);
    expect(provider.calls).toBe(2);
  });

  it("lets at most one answer go over the budget, however many instances are asked at once", async () => {
    const { provider, client, others, createChat, totals, ledger } = await start(
      [{ hold: true }, "Fine.", usage(10_000, 1_000)],
      () => ({ tokens: 20_000, per: "month" }),
      { maxTokens: 5_000 },
    );
    const clients = [client, ...others];
    const content = "word ".repeat(1_500);
    const chats = await Promise.all(Array.from({ length: 15 }, createChat));
    const results = await Promise.allSettled(
      chats.map(async (chatId, index) => {
        await clients[index % clients.length]?.chat.send.mutate({ chatId, content });
      }),
    );
    const admitted = results.filter(({ status }) => status === "fulfilled").length;
    // Each reserves about 2,000 tokens for the question, and 5,000 for the answer.
    expect(admitted).toBe(3);
    const tokens = 3 * (questionTokens(content, []) + 5_000);
    expect(tokens).toBeGreaterThan(21_000);
    expect(await totals()).toMatchObject({ answers: 3, tokens });
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject(refused);
    provider.release(3);
    await expect.poll(totals).toMatchObject({ answers: 0, tokens: 0, spentTokens: 33_000n });
    expect(await ledger()).toHaveLength(3);
    const last = client.chat.send.mutate({ chatId: chats.at(-1) ?? "", content: "?" });
    expect(await failureOf(last)).toMatchObject(refused);
  });

  it("reserves for a question what the history before it costs", async () => {
    const { client, provider, ask, totals } = await start(
      (_request, call) =>
        call === 1 ? ["Hello.", usage(700, 50)] : [{ hold: true }, "Yes.", usage(800, 10)],
      () => ({ usd: 1, per: "hour" }),
      { maxTokens: 100, instructions: "Be kind. ".repeat(10) },
    );
    const first = await ask("Hi");
    const { chatId } = first;
    const sent = await client.chat.send.mutate({ chatId, content: "Who are you?" });
    const { tokens, cost } = await totals();
    const input = promptTokens(["Be kind. ".repeat(10)]) + questionTokens("Who are you?", []);
    expect(input).toBeGreaterThan(35);
    // 750 tokens of history, and 100 for the answer.
    expect(tokens).toBe(750 + input + 100);
    expect(cost).toBeCloseTo((750 + input) * 1e-6 + 1000e-6);
    await provider.waitForHold();
    await client.chat.stop.mutate({ messageId: sent.assistantMessage.id });
    expect(await totals()).toMatchObject({ tokens: 0, answers: 0 });
  });

  it("reserves for another branch what any answer of the chat has read, and nothing for a new beginning", async () => {
    const { client, ask, totals } = await start(
      (_request, call) =>
        call === 1
          ? ["Long.", usage(15_000, 50)]
          : call === 2
            ? ["Short.", usage(5, 5)]
            : [{ hold: true }, "Yes."],
      () => ({ usd: 1, per: "hour" }),
      { maxTokens: 100 },
    );
    const long = await ask("Hi");
    const { chatId } = long;
    const short = await client.chat.send.mutate({ chatId, content: "Anew", parentId: null });
    await readStream(client, { messageId: short.assistantMessage.id });
    const reserved = async (parentId: string | null): Promise<number> => {
      const sent = await client.chat.send.mutate({ chatId, content: "Who are you?", parentId });
      const { tokens } = await totals();
      await client.chat.stop.mutate({ messageId: sent.assistantMessage.id });
      await expect.poll(async () => (await totals()).answers).toBe(0);
      return tokens;
    };
    const own = questionTokens("Who are you?", []) + 100;
    expect(await reserved(null)).toBe(own);
    expect(await reserved(long.id)).toBeGreaterThanOrEqual(15_050 + own);
  });

  it("estimates what a stopped, failed or silent call has cost, and marks it", async () => {
    const failure = Object.assign(new Error("secret"), { status: 500 });
    const { client, provider, createChat, ask, ledger, totals } = await start(
      [
        ["z".repeat(400), { hold: true }],
        ["Half of an answer", { error: failure }],
        [{ error: failure }],
        ["No usage."],
      ],
      () => ({ usd: 1, per: "day" }),
    );
    const sent = await client.chat.send.mutate({ chatId: await createChat(), content: "Long?" });
    await provider.waitForHold();
    await client.chat.stop.mutate({ messageId: sent.assistantMessage.id });
    await ask("Will you fail?");
    await ask("Will you fail at once?");
    await ask("Four?");
    const rows = await ledger();
    expect(
      rows.map(({ statusCode, inputTokens, outputTokens, isEstimate }) => ({
        statusCode,
        inputTokens,
        outputTokens,
        isEstimate,
      })),
    ).toEqual([
      { statusCode: 499, inputTokens: 8, outputTokens: 300, isEstimate: true },
      { statusCode: 500, inputTokens: 10, outputTokens: 6, isEstimate: true },
      // A provider charges nothing for a request that it refuses.
      { statusCode: 500, inputTokens: 0, outputTokens: 0, isEstimate: true },
      { statusCode: 200, inputTokens: 8, outputTokens: 4, isEstimate: true },
    ]);
    expect(rows[0]?.cost).toBeCloseTo(8e-6 + 3000e-6);
    const { spentCost, spentTokens, cost } = await totals();
    expect(spentCost).toBeCloseTo(rows.reduce((sum, row) => sum + (row.cost ?? 0), 0));
    expect([spentTokens, cost]).toEqual([336n, 0]);
  });

  it("counts what was deleted, while it is produced as well", async () => {
    const { prisma, client, provider, createChat, ask, totals, ledger } = await start(
      (_request, call) =>
        call === 1 ? ["Fine.", usage(600_000, 0)] : ["y".repeat(40), { hold: true }],
      () => ({ usd: 0.6, per: "day" }),
      { maxTokens: 1 },
    );
    const chatId = await createChat();
    const sent = await client.chat.send.mutate({ chatId, content: "First?" });
    await readStream(client, { messageId: sent.assistantMessage.id });
    await client.chat.delete.mutate({ chatId });
    expect(await prisma.llmRequest.count()).toBe(0);
    expect(await failureOf(ask("More?"))).toMatchObject(refused);
    await prisma.llmAccount.updateMany({ where: { id: scope }, data: { spentCost: 0 } });
    const other = await createChat();
    await client.chat.send.mutate({ chatId: other, content: "Second?" });
    await provider.waitForHold();
    await client.chat.delete.mutate({ chatId: other });
    await expect
      .poll(totals)
      .toMatchObject({ answers: 0, tokens: 0, cost: 0, spentTokens: 600_038n });
    expect((await ledger()).at(-1)).toMatchObject({
      chatId: other,
      statusCode: 499,
      outputTokens: 30,
      isEstimate: true,
    });
    expect(await prisma.llmAccount.count({ where: { id: { not: scope }, answers: 1 } })).toBe(0);
    const { groups } = await client.chat.usage.query({ groupBy: "chat" });
    expect(groups.map(({ key, requests }) => [key, requests])).toEqual([
      [chatId, 1],
      [other, 1],
    ]);
  });

  it("has titles, tools and continued answers in the ledger", async () => {
    const { client, createChat, ledger, totals } = await start(
      [
        [{ toolCall: { id: "c1", name: "look" } }, usage(10, 1)],
        [{ toolCall: { id: "c2", name: "pay" } }, usage(20, 2)],
        ["Paid.", usage(30, 3)],
        ["A title", usage(40, 4)],
      ],
      () => ({ tokens: 100_000, per: "day" }),
      {
        tools: [tool("look", async () => "seen"), tool("pay", async () => "paid")],
        needsApproval: ["pay"],
        titles: true,
      },
    );
    const { id: chatId } = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId, content: "Pay" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(client, { messageId });
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, spentTokens: 33n });
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c2", approved: true });
    await readStream(client, { messageId });
    await expect.poll(async () => (await ledger()).length).toBe(4);
    expect(await ledger()).toMatchObject([
      { kind: "answer", scope, chatId, messageId, inputTokens: 10, isEstimate: false },
      { kind: "answer", scope, chatId, messageId, inputTokens: 20 },
      { kind: "answer", scope, chatId, messageId, inputTokens: 30 },
      { kind: "title", scope, chatId, messageId, inputTokens: 40, outputTokens: 4 },
    ]);
    await expect.poll(totals).toMatchObject({ answers: 0, tokens: 0, spentTokens: 110n });
    await createChat();
  });

  it("refuses an approval that would spend more than the budget, and records nothing of it", async () => {
    const { prisma, client, createChat, ask } = await start(
      [
        [{ toolCall: { id: "c1", name: "pay" } }, usage(10, 1)],
        ["Fine.", usage(100_000, 1)],
        ["Paid.", usage(1, 1)],
      ],
      () => ({ tokens: 50_000, per: "day" }),
      { tools: [tool("pay", async () => "paid")], needsApproval: ["pay"], maxTokens: 10 },
    );
    const chatId = await createChat();
    const sent = await client.chat.send.mutate({ chatId, content: "Pay" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(client, { messageId });
    await ask("Something expensive?");
    const respond = () =>
      client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(await failureOf(respond())).toMatchObject(refused);
    expect(await prisma.llmToolCall.findMany()).toMatchObject([{ status: "awaiting_approval" }]);
    expect(await prisma.llmMessage.findUnique({ where: { id: messageId } })).toMatchObject({
      status: "awaiting_approval",
      turnLock: chatId,
    });
    // In the next period.
    await prisma.llmAccount.updateMany({ where: { id: scope }, data: { periodStart: 0 } });
    await respond();
    const last = (await readStream(client, { messageId })).at(-1)?.event;
    expect(last).toMatchObject({ type: "done", message: { status: "complete", content: "Paid." } });
  });

  it("ends an answer whose tools go on when the budget is used up", async () => {
    const { ask, provider, totals } = await start(
      [
        ["Let me look. ", { toolCall: { id: "c1", name: "look" } }, usage(60, 40)],
        [{ toolCall: { id: "c2", name: "look" } }, usage(60, 40)],
        ["Seen.", usage(60, 40)],
      ],
      () => ({ tokens: 200, per: "day" }),
      { tools: [tool("look", async () => "seen")] },
    );
    const message = await ask("Look twice");
    expect(message).toMatchObject({
      status: "failed",
      content: "Let me look. ",
      error: { code: "TOO_MANY_REQUESTS", retryable: true },
    });
    expect(provider.calls).toBe(2);
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, spentTokens: 200n });
  });

  it("ends an answer that goes on with an approval given while it ran, when the budget is used up", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { prisma, provider, client, createChat, totals } = await start(
      [
        [
          "Let me pay. ",
          { toolCall: { id: "c1", name: "pay" } },
          { toolCall: { id: "c2", name: "look" } },
          usage(60, 40),
        ],
        ["Paid.", usage(60, 40)],
      ],
      () => ({ tokens: 100, per: "day" }),
      {
        tools: [tool("pay", async () => "paid"), tool("look", () => released.then(() => "seen"))],
        needsApproval: ["pay"],
      },
    );
    const sent = await client.chat.send.mutate({ chatId: await createChat(), content: "Pay" });
    const { id: messageId } = sent.assistantMessage;
    await expect
      .poll(() => prisma.llmToolCall.count({ where: { status: "awaiting_approval" } }))
      .toBe(1);
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    release();
    const last = (await readStream(client, { messageId })).at(-1)?.event;
    expect(last).toMatchObject({
      type: "done",
      message: { status: "failed", error: { code: "TOO_MANY_REQUESTS" } },
    });
    expect(provider.calls).toBe(1);
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, spentTokens: 100n });
  });

  it("under a budget in dollars, refuses a model without a price in words", async () => {
    const { prisma, createChat, client } = await start(["Fine."], () => ({ usd: 1, per: "day" }), {
      models: ["scripted-model", "secret-model"],
    });
    const chatId = await createChat();
    const send = client.chat.send.mutate({ chatId, content: "Hi", model: "secret-model" });
    expect(await failureOf(send)).toMatchObject({
      data: { code: "BAD_REQUEST" },
      message:
        'The price of the model "secret-model" is not known, so it cannot be used under a budget in US dollars. Choose another model.',
    });
    expect(await prisma.llmMessage.count()).toBe(0);
  });

  it("asks the app for the budget of each caller, and lets no one without one spend", async () => {
    const { client, createChat } = await start(["Fine.", usage(1, 1)], ({ ctx }) =>
      ctx.userId === "u1" ? { usd: 0, per: "day" } : "unlimited",
    );
    const none = client.chat.send.mutate({ chatId: await createChat(), content: "Hi" });
    expect(await failureOf(none)).toMatchObject(refused);
    const wrong = await start(["Fine."], () => ({ usd: Number.NaN, per: "day" }));
    const broken = wrong.client.chat.send.mutate({
      chatId: await wrong.createChat(),
      content: "Hi",
      id: randomUUID(),
    });
    expect(await failureOf(broken)).toMatchObject({ data: { code: "INTERNAL_SERVER_ERROR" } });
  });
});
