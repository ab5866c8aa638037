import { createLLM, PricingRegistry } from "@node-llm/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const scope = '{"userId":"u1"}';
const unlimited = { answersAtOnce: "unlimited", answersPerMinute: "unlimited" } as const;
const usage = (input: number, output: number) => ({
  usage: { input_tokens: input, output_tokens: output },
});
const failure = Object.assign(new Error("from the provider"), { status: 500 });

const price = (model: string) =>
  PricingRegistry.register("scripted", model, {
    text_tokens: { standard: { input_per_million: 1, output_per_million: 10 } },
  });
beforeEach(() => {
  price("scripted-model");
  return () => PricingRegistry.reset();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A door that a test opens. */
function createDoor() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describeDatabases((_name, open) => {
  it("of answers that go on after tools at once, admits one, on whichever instance", async () => {
    const database = await open();
    const { prisma } = database;
    const door = createDoor();
    const provider = createScriptedProvider((_request, call) =>
      call <= 4
        ? ["Looking. ", { toolCall: { id: "c1", name: "look" } }, usage(10, 5)]
        : [{ hold: true }, "Seen.", usage(20, 5)],
    );
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    let looking = 0;
    const options: AppRouterOptions = {
      budget: () => ({ tokens: 61, per: "month" }),
      limits: unlimited,
      maxTokens: 1_000,
      onError: () => undefined,
      tools: [
        tool("look", async () => {
          looking++;
          await door.opened;
          return "seen";
        }),
      ],
    };
    const servers = [
      await startChatServer(prisma, llm, options),
      await startChatServer(database.connect(), llm, options),
    ];
    const clients = servers.map((server) => server.client("u1"));
    const totals = () => prisma.llmAccount.findUniqueOrThrow({ where: { id: scope } });
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      const chat = await prisma.llmChat.create({ data: { userId: "u1", title: "A chat" } });
      const client = clients[index % 2];
      const sent = await client?.chat.send.mutate({ chatId: chat.id, content: "Look" });
      ids.push(sent?.assistantMessage.id ?? "");
      await expect.poll(() => looking).toBe(index + 1);
    }
    // Each has settled its first call, and holds nothing for a tool.
    expect(await totals()).toMatchObject({ answers: 4, tokens: 0, cost: 0, spentTokens: 60n });
    door.open();
    await expect.poll(async () => (await totals()).answers).toBe(1);
    await provider.waitForHold();
    expect(provider.calls).toBe(5);
    expect((await totals()).tokens).toBeGreaterThan(1_000);
    provider.release(4);
    const messages = await Promise.all(
      ids.map(async (messageId, index) => {
        const client = clients[(index + 1) % 2];
        if (client === undefined) throw new Error("No instance was started.");
        const last = (await readStream(client, { messageId })).at(-1)?.event;
        if (last?.type !== "done") throw new Error("The stream did not end.");
        return last.message;
      }),
    );
    const refused = messages.filter(({ status }) => status === "failed");
    expect(messages.filter(({ status }) => status === "complete")).toMatchObject([
      { content: "Looking. Seen." },
    ]);
    expect(refused).toHaveLength(3);
    for (const message of refused)
      expect(message).toMatchObject({
        content: "Looking. ",
        error: { code: "TOO_MANY_REQUESTS", retryable: true },
      });
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, cost: 0, spentTokens: 85n });
    expect(await prisma.llmUsage.count()).toBe(5);
  });

  it("adds a statement for a call, and one for each further call, only where there is a budget", async () => {
    const countOf = async (budget: AppRouterOptions["budget"]): Promise<readonly number[]> => {
      const database = await open();
      const counts = { account: 0, ledger: 0 };
      const watched = watchStatements(database, (statement) => {
        if (/LlmAccount\W/.test(statement)) counts.account++;
        if (/^INSERT INTO \S*LlmUsage/.test(statement)) counts.ledger++;
      });
      const provider = createScriptedProvider([
        [{ toolCall: { id: "c1", name: "look" } }, usage(10, 1)],
        [{ toolCall: { id: "c2", name: "look" } }, usage(20, 1)],
        ["Seen.", usage(30, 1)],
      ]);
      const llm = createLLM({ provider, retry: { attempts: 1 } });
      const tools = [tool("look", async () => "seen")];
      const server = await startChatServer(watched.prisma, llm, {
        tools,
        ...(budget === undefined ? {} : { budget }),
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      counts.account = 0;
      const sent = await client.chat.send.mutate({ chatId, content: "Look" });
      const { id } = sent.assistantMessage;
      const read = () => database.prisma.llmMessage.findUnique({ where: { id } });
      await expect.poll(read).toMatchObject({ status: "complete" });
      await watched.close();
      return [counts.account, counts.ledger];
    };
    // The answer takes its part of the limits, each call adds to what was spent, and the end gives the part back in two.
    expect(await countOf(undefined)).toEqual([1 + 3 + 2, 3 * 2]);
    // Each call gives back what it had reserved, and the second and the third one are admitted.
    const budget = () => ({ usd: 1, per: "day" }) as const;
    expect(await countOf(budget)).toEqual([1 + 3 + 2 + 3 + 2, 3 * 2]);
  });

  it("refuses a model without a price wherever one comes up", async () => {
    const { prisma } = await open();
    const failures: unknown[] = [];
    const provider = createScriptedProvider((request) =>
      request.messages.some(({ role }) => role === "tool")
        ? ["Paid.", usage(1, 1)]
        : [{ toolCall: { id: "c1", name: "pay" } }, usage(1, 1)],
    );
    let models = ["scripted-model"];
    let budget: ReturnType<NonNullable<AppRouterOptions["budget"]>> = "unlimited";
    const options: AppRouterOptions = {
      models: () => models,
      budget: () => budget,
      limits: unlimited,
      tools: [tool("pay", async () => "paid")],
      needsApproval: ["pay"],
      titles: { model: "title-model" },
      onError: ({ error }) => failures.push(error),
    };
    const server = await startChatServer(
      prisma,
      createLLM({ provider, retry: { attempts: 1 } }),
      options,
    );
    const client = server.client("u1");
    const words = (model: string) =>
      `The price of the model "${model}" is not known, so it cannot be used under a budget in US dollars.`;
    const refusedFor = (model: string) =>
      expect.objectContaining({ message: expect.stringContaining(words(model)) });
    const { id: chatId } = await client.chat.create.mutate({});
    // The models that the app offers have changed, and the chat is continued with another one.
    models = ["secret-model"];
    const sent = await client.chat.send.mutate({ chatId, content: "Pay" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(client, { messageId });
    budget = { usd: 1, per: "day" };
    const again = client.chat.send.mutate({ chatId, content: "Pay", parentId: null });
    expect(await failureOf(again)).toEqual(refusedFor("secret-model"));
    // An answer that waits for an approval goes on with its own model.
    models = ["scripted-model"];
    const respond = () =>
      client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(await failureOf(respond())).toEqual(refusedFor("secret-model"));
    expect(await prisma.llmToolCall.findMany()).toMatchObject([{ status: "awaiting_approval" }]);
    price("secret-model");
    await respond();
    const last = (await readStream(client, { messageId })).at(-1)?.event;
    expect(last).toMatchObject({ type: "done", message: { content: "Paid." } });
    // The answer is there, and its title stays the first words.
    await expect.poll(() => failures).toEqual([refusedFor("title-model")]);
    expect(await prisma.llmUsage.count({ where: { kind: "title" } })).toBe(0);
    expect(provider.requests.map(({ model }) => model)).toEqual(["secret-model", "secret-model"]);
  });

  /** The ways in which a call comes about. */
  const scenes = {
    answer: { script: [["Fine.", usage(10, 1)]], calls: 1 },
    "an answer without reported usage": { script: [["Fine."]], calls: 1 },
    "a failed call": { script: [["Half", { error: failure }]], calls: 1 },
    "a refused call": { script: [[{ error: failure }]], calls: 1 },
    "a stopped call": { script: [["Half", { hold: true }]], calls: 1, stops: true },
    "a call after a tool": {
      script: [
        [{ toolCall: { id: "c1", name: "look" } }, usage(10, 1)],
        ["Seen.", usage(20, 1)],
      ],
      calls: 2,
    },
    "a call after an approval": {
      script: [
        [{ toolCall: { id: "c1", name: "pay" } }, usage(10, 1)],
        ["Paid.", usage(20, 1)],
      ],
      calls: 2,
      approves: true,
    },
    fallback: {
      script: [[{ error: failure }], ["Fine.", usage(20, 1)]],
      calls: 2,
      fallback: ["second"],
    },
    title: {
      script: [
        ["Fine.", usage(10, 1)],
        ["A title", usage(20, 1)],
      ],
      calls: 2,
      titles: true,
    },
  } as const;
  /** The statements that record a call. */
  const statements = {
    "the request": /^INSERT INTO .*LlmRequest\W/,
    "the ledger": /^INSERT INTO .*LlmUsage\W/,
    "the sums of the day": /^INSERT INTO .*LlmUsageDay\W/,
    "what was spent": /^INSERT INTO .*LlmAccount\W.*spentTokens/,
    "what was held": /^UPDATE .*LlmAccount\W.*DISTINCT.*scope/,
  } as const;
  const cases = Object.entries(scenes).flatMap(([scene, play]) =>
    Object.entries(statements).flatMap(([statement, fails]) =>
      Array.from(
        { length: play.calls },
        (_, index) => [scene, statement, index + 1, play, fails] as const,
      ),
    ),
  );

  it.each(cases)(
    "%s: a failure of the database while it writes %s of call %i leaves no call out of the ledger",
    async (_scene, _statement, number, play, fails) => {
      vi.spyOn(process, "emitWarning").mockReturnValue();
      const database = await open();
      const { prisma } = database;
      let count = 0;
      let recorded = 0;
      const watched = watchStatements(database, (statement) => {
        if (statements["the ledger"].test(statement)) recorded++;
        if (!fails.test(statement)) return;
        // A call that is recorded without its request has no statement to fail.
        count++;
        if (count === number) throw new Error("from the database");
      });
      const failures: unknown[] = [];
      const provider = createScriptedProvider((_request, call) => [
        ...(play.script[call - 1] ?? ["More.", usage(1, 1)]),
      ]);
      price("second");
      const options: AppRouterOptions = {
        budget: () => ({ usd: 1, per: "month" }),
        limits: unlimited,
        tools: [tool("look", async () => "seen"), tool("pay", async () => "paid")],
        needsApproval: ["pay"],
        onError: ({ error }) => failures.push(error),
        ...("titles" in play ? { titles: true } : {}),
        ...("fallback" in play ? { fallback: [...play.fallback] } : {}),
      };
      const llm = createLLM({ provider, retry: { attempts: 1 } });
      const server = await startChatServer(watched.prisma, llm, options);
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const sent = await client.chat.send.mutate({ chatId, content: "Hi" });
      const { id: messageId } = sent.assistantMessage;
      if ("stops" in play) {
        await provider.waitForHold();
        await client.chat.stop.mutate({ messageId });
      }
      const status = async () =>
        (await prisma.llmMessage.findUnique({ where: { id: messageId } }))?.status ?? "gone";
      await expect.poll(status).not.toMatch(/pending|streaming/);
      if ("approves" in play && (await status()) === "awaiting_approval") {
        await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
        await expect.poll(status).not.toMatch(/pending|streaming|awaiting/);
      }
      if ("titles" in play && (await status()) === "complete")
        await expect.poll(() => provider.calls).toBe(2);
      const missing = async () => provider.calls - (await prisma.llmUsage.count());
      await expect.poll(missing).toBe(0);
      expect(recorded).toBeGreaterThanOrEqual(provider.calls);
      const totals = async () =>
        await prisma.llmAccount.findUniqueOrThrow({ where: { id: scope } });
      await expect.poll(totals).toMatchObject({ answers: 0, tokens: 0 });
      expect(await prisma.llmAccount.count()).toBe(1);
      const calls = await prisma.llmUsage.findMany();
      const { spentCost, spentTokens } = await totals();
      expect(spentCost).toBeCloseTo(
        calls.reduce((sum, call) => sum + (call.cost ?? 0), 0),
        10,
      );
      expect(Number(spentTokens)).toBe(
        calls.reduce((sum, call) => sum + call.inputTokens + call.outputTokens, 0),
      );
      const days = await prisma.llmUsageDay.findMany({ where: { kind: "model" } });
      expect(days.reduce((sum, day) => sum + day.requests, 0)).toBe(calls.length);
      await watched.close();
    },
  );
});
