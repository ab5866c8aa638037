import { createLLM, PricingRegistry } from "@node-llm/core";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { createChatRouter } from "node-llm-trpc/server";
import { initTRPC } from "@trpc/server";
import { hasText } from "../support/clients/has-text.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { readText } from "../support/clients/read-text.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import type { AnthropicAnswer } from "../support/providers/start-anthropic-server.ts";
import { startAnthropicServer } from "../support/providers/start-anthropic-server.ts";
import type { OpenAIAnswer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";
import { tool } from "../support/providers/tool.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import type { ChatServer } from "../support/servers/start-chat-server.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { startScriptedChat } from "../support/servers/start-scripted-chat.ts";

type Client = ReturnType<ChatServer["client"]>;

const look = { toolCall: { id: "c1", name: "look" } };
const busy = { fail: 503 };
const models = { models: ["first"], fallback: ["second", "third"] };

/** For each model, the scripts of its calls in order; the last one repeats. */
type Scripts = Readonly<Record<string, readonly (readonly ScriptStep[])[]>>;

/** Reads an answer to its end, which `messages` must return as well. */
async function endOf(client: Client, messageId: string) {
  const last = (await readStream(client, { messageId })).at(-1)?.event;
  if (last?.type !== "done") throw new Error("The stream did not end with `done`.");
  const { items } = await client.chat.messages.query({ chatId: last.message.chatId });
  const stored = items.at(-1);
  if (stored?.role === "assistant") expect(stored).toEqual(last.message);
  return last.message;
}

describeDatabases((_name, open) => {
  async function start(scripts: Scripts, options: AppRouterOptions = {}) {
    const database = await open();
    const counts = new Map<string, number>();
    const runs: string[] = [];
    const lookTool = tool("look", async () => {
      runs.push("look");
      return "seen";
    });
    const chat = await startScriptedChat(
      database,
      ({ model }) => {
        const count = counts.get(model) ?? 0;
        counts.set(model, count + 1);
        const own = scripts[model] ?? [];
        return own[count] ?? own.at(-1) ?? [{ fail: 404 }];
      },
      { ...models, tools: [lookTool], ...options },
    );
    const asked = () => chat.provider.requests.map((request) => request.model);
    const ledger = async () =>
      (await database.prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } })).map(
        (row) => [row.model, row.statusCode, row.messageId] as const,
      );
    const stored = async (id: string) =>
      await database.prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    return { ...chat, database, runs, asked, ledger, stored };
  }

  it("answers with the next model, which the message names, and records each attempt", async () => {
    const { client, send, ledger, chatId } = await start({
      first: [[busy], ["Again me."]],
      second: [[{ fail: 429 }]],
      third: [["Fine."]],
    });
    const { id } = (await send("Hi")).assistantMessage;
    expect(await endOf(client, id)).toMatchObject({
      status: "complete",
      content: "Fine.",
      model: "third",
      provider: "scripted",
    });
    expect(await ledger()).toEqual([
      ["first", 503, id],
      ["second", 429, id],
      ["third", 200, id],
    ]);
    const next = (await send("And now?")).assistantMessage;
    expect(next.model).toBe("first");
    expect(await endOf(client, next.id)).toMatchObject({ content: "Again me.", model: "first" });
    expect((await client.chat.get.query({ chatId })).model).toBe("first");
  });

  it("may do so in a later round of the same answer, and runs no tool twice", async () => {
    const { client, send, ledger, runs, provider } = await start({
      first: [["Let me look. ", look], [busy]],
      second: [["I have seen it."]],
    });
    const { id } = (await send("Look")).assistantMessage;
    expect(await endOf(client, id)).toMatchObject({
      status: "complete",
      content: "Let me look. I have seen it.",
      model: "second",
      parts: [
        { type: "text", text: "Let me look. " },
        { type: "tool", toolCallId: "c1" },
        { type: "text", text: "I have seen it." },
      ],
    });
    expect(runs).toEqual(["look"]);
    expect((await ledger()).map(([model]) => model)).toEqual(["first", "first", "second"]);
    expect(provider.requests[2]?.messages).toEqual(provider.requests[1]?.messages);
  });

  it("goes back to the first model in the round after", async () => {
    const { client, send, asked } = await start({
      first: [[busy], ["I have seen it."]],
      second: [[look]],
    });
    const { id } = (await send("Look")).assistantMessage;
    expect(await endOf(client, id)).toMatchObject({ model: "first", content: "I have seen it." });
    expect(asked()).toEqual(["first", "second", "first"]);
  });

  it("keeps the model that asked for an approval, on another instance too", async () => {
    const { client, send, startOther, asked, runs } = await start(
      { first: [[busy]], second: [[look], ["Done."]] },
      { needsApproval: ["look"] },
    );
    const { id: messageId } = (await send("Look")).assistantMessage;
    const waiting = { status: "awaiting_approval", model: "second" };
    expect(await endOf(client, messageId)).toMatchObject(waiting);
    const other = await startOther();
    await other.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(await endOf(other, messageId)).toMatchObject({ content: "Done.", model: "second" });
    expect(asked()).toEqual(["first", "second", "second"]);
    expect(runs).toEqual(["look"]);
  });

  it("finds another model after an approval", async () => {
    const { client, send, asked } = await start(
      { first: [[look], [busy]], second: [["Done."]] },
      { needsApproval: ["look"] },
    );
    const { id: messageId } = (await send("Look")).assistantMessage;
    expect(await endOf(client, messageId)).toMatchObject({ model: "first" });
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(await endOf(client, messageId)).toMatchObject({ content: "Done.", model: "second" });
    expect(asked()).toEqual(["first", "first", "second"]);
  });

  it("asks nobody else after a first token", async () => {
    const { client, send, asked } = await start({ first: [["Half", { drop: true }]] });
    const { id } = (await send("Hi")).assistantMessage;
    const error = expect.objectContaining({ code: "CONNECTION_LOST" });
    expect(await endOf(client, id)).toMatchObject({ status: "failed", model: "first", error });
    expect(asked()).toEqual(["first"]);
  });

  it("asks nobody else after a stop, and stops the next model like any other", async () => {
    const { client, provider, send, asked, stored } = await start({
      first: [[{ stall: true }], [busy]],
      second: [["Half", { hold: true }]],
    });
    const silent = (await send("One")).assistantMessage.id;
    await provider.waitForCall(1);
    await client.chat.stop.mutate({ messageId: silent });
    await expect.poll(() => provider.aborted).toBe(1);
    await endOf(client, silent);
    expect(asked()).toEqual(["first"]);
    const half = (await send("Two")).assistantMessage.id;
    await readStream(client, { messageId: half }, hasText("Half"));
    // A process that was killed now would leave the model that has answered.
    expect(await stored(half)).toMatchObject({ modelId: "second", status: "pending" });
    await client.chat.stop.mutate({ messageId: half });
    expect(await endOf(client, half)).toMatchObject({
      status: "stopped",
      content: "Half",
      model: "second",
    });
    expect(asked()).toEqual(["first", "first", "second"]);
  });

  it("fails with the first model's error when none answers", async () => {
    const { client, send, ledger } = await start({
      first: [[busy]],
      second: [[{ fail: 500 }]],
      third: [[{ fail: 401 }]],
    });
    const { id } = (await send("Hi")).assistantMessage;
    const error = expect.objectContaining({ code: "OVERLOADED" });
    expect(await endOf(client, id)).toMatchObject({ status: "failed", error });
    expect(await ledger()).toEqual([
      ["first", 503, null],
      ["second", 500, null],
      ["third", 401, null],
    ]);
  });

  it("works in scripts, with and without a stream, beside NodeLLM's own retries", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(({ model }) =>
      model === "first" ? [busy] : model === "second" ? ["Fine."] : [{ fail: 429 }],
    );
    const llm = createLLM({ provider, retry: { attempts: 2, delayMs: 0 } });
    const chat = await createChat(prisma, llm, { model: "first", fallback: ["second"] });
    expect(await chat.ask("Hi")).toMatchObject({ content: "Fine.", modelId: "second" });
    expect(await readText(chat.askStream("Hi"))).toBe("Fine.");
    expect((await chat.messages()).map((row) => row.modelId)).toEqual([
      null,
      "second",
      null,
      "second",
    ]);
    const hopeless = await createChat(prisma, llm, { model: "third", fallback: ["fourth"] });
    const before = provider.calls;
    expect(await failureOf(hopeless.ask("Hi"))).toMatchObject({ status: 429 });
    expect(provider.requests.slice(before).map((request) => request.model)).toEqual([
      "third",
      "fourth",
    ]);
  });

  it("needs known prices under a budget in US dollars, and is counted", async () => {
    const price = (model: string) =>
      PricingRegistry.register("scripted", model, {
        text_tokens: { standard: { input_per_million: 1_000, output_per_million: 10_000 } },
      });
    onTestFinished(() => PricingRegistry.reset());
    price("first");
    const { client, chatId, send, database } = await start(
      { first: [[busy]], second: [["Fine.", { usage: { input_tokens: 10, output_tokens: 1 } }]] },
      {
        fallback: ["second"],
        budget: () => ({ usd: 100, per: "hour" }),
        maxTokens: 100,
        onError: () => undefined,
      },
    );
    expect(await failureOf(send("Hi"))).toMatchObject({
      data: { code: "INTERNAL_SERVER_ERROR" },
      message: expect.stringContaining("not set up"),
    });
    expect((await client.chat.messages.query({ chatId })).items).toEqual([]);
    price("second");
    const { id } = (await send("Hi")).assistantMessage;
    expect(await endOf(client, id)).toMatchObject({ model: "second", usage: { cost: 0.02 } });
    const calls = await database.prisma.llmUsage.findMany({ orderBy: { createdAt: "asc" } });
    expect(calls.map((row) => [row.model, row.cost])).toEqual([
      ["first", expect.any(Number)],
      ["second", 0.02],
    ]);
  });

  it("is refused unless it is a list of names", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const { procedure } = initTRPC.create();
    const create = (fallback: unknown) =>
      // What a program without types may pass.
      createChatRouter({
        procedure,
        prisma,
        llm,
        scope: "everyone",
        fallback: fallback as string[],
      });
    expect(() => create("gpt-4o")).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
    expect(() => create(["gpt-4o", ""])).toThrow(/list of names/);
    expect(() => create(["gpt-4o"])).not.toThrow();
  });
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An app with two providers, both of which refuse what the real ones refuse. */
async function startProviders(
  { prisma }: TestDatabase,
  answers: {
    readonly openai: readonly OpenAIAnswer[];
    readonly anthropic: readonly AnthropicAnswer[];
  },
  { provider, ...options }: AppRouterOptions & { readonly provider: "openai" | "anthropic" },
) {
  const complaints: string[] = [];
  const openai = await startOpenAIServer(
    (_request, index) => answers.openai[index] ?? { status: 400 },
    0,
    (complaint) => complaints.push(complaint),
  );
  const anthropic = await startAnthropicServer(
    (_request, index) => answers.anthropic[index] ?? { status: 400 },
  );
  closing.push(
    () => openai.close(),
    () => anthropic.close(),
  );
  const llm = createLLM({
    provider,
    openaiApiKey: "sk-test",
    openaiApiBase: openai.baseUrl,
    anthropicApiKey: "sk-ant-test",
    anthropicApiBase: `${anthropic.origin}/v1`,
  });
  const tools = [tool("look", async () => "seen")];
  const client = (await startChatServer(prisma, llm, { tools, ...options })).client("u1");
  const { id: chatId } = await client.chat.create.mutate({});
  const ask = async (content: string) =>
    endOf(client, (await client.chat.send.mutate({ chatId, content })).assistantMessage.id);
  return { openai, anthropic, complaints, client, chatId, ask };
}

const overloaded = { status: 529 };
const call = { id: "call_1", name: "look", arguments: "{}" };

describeDatabases((_name, open) => {
  describe("a model of another provider, over HTTP", () => {
    it("is asked at its own provider, which then also continues after an approval", async () => {
      const { openai, anthropic, client, ask, complaints } = await startProviders(
        await open(),
        {
          openai: [{ status: 503 }, { text: ["Nothing more."] }],
          anthropic: [
            {
              blocks: [
                { thinking: "I should look.", signature: "s1" },
                { tool: "look", id: "toolu_1" },
              ],
            },
            { blocks: [{ text: ["Seen."] }] },
          ],
        },
        {
          provider: "openai",
          models: ["gpt-4o"],
          fallback: ["claude-3-7-sonnet"],
          needsApproval: ["look"],
          thinking: { budget: 2000 },
        },
      );
      const waiting = await ask("Look");
      expect(waiting).toMatchObject({
        status: "awaiting_approval",
        model: "claude-3-7-sonnet",
        provider: "Anthropic",
      });
      const { id: messageId } = waiting;
      await client.chat.respondToTool.mutate({ messageId, toolCallId: "toolu_1", approved: true });
      expect(await endOf(client, messageId)).toMatchObject({
        status: "complete",
        content: "Seen.",
        model: "claude-3-7-sonnet",
        provider: "Anthropic",
      });
      expect(anthropic.requests.map((request) => request.model)).toEqual([
        "claude-3-7-sonnet-20250219",
        "claude-3-7-sonnet-20250219",
      ]);
      // The stub wants the thinking back, with its signature.
      expect(JSON.stringify(anthropic.requests[1]?.messages)).toContain('"signature":"s1"');
      expect(await ask("And?")).toMatchObject({ content: "Nothing more.", provider: "OpenAI" });
      expect(JSON.stringify(openai.requests[1])).not.toContain("I should look");
      expect(complaints).toEqual([]);
    });

    it("continues what another provider has begun, in both directions", async () => {
      const thinking = { thinking: "I should look.", signature: "s1" };
      const { openai, anthropic, ask, complaints } = await startProviders(
        await open(),
        {
          openai: [{ text: ["OpenAI has seen it."] }, { text: ["Still here."] }],
          anthropic: [
            { blocks: [thinking, { tool: "look", id: "toolu_1" }] },
            overloaded,
            { blocks: [{ thinking: "Well.", signature: "s2" }, { text: ["Anthropic is back."] }] },
            overloaded,
          ],
        },
        {
          provider: "anthropic",
          models: ["claude-3-7-sonnet"],
          fallback: ["gpt-4o"],
          thinking: { budget: 2000 },
        },
      );
      expect(await ask("Look")).toMatchObject({
        status: "complete",
        content: "OpenAI has seen it.",
        model: "gpt-4o",
        provider: "OpenAI",
        thinking: "I should look.",
      });
      // The signature has gone to nobody, and an answer of OpenAI has none to send back.
      expect(JSON.stringify(openai.requests)).not.toContain("s1");
      expect(await ask("Are you back?")).toMatchObject({ content: "Anthropic is back." });
      expect(JSON.stringify(anthropic.requests[2])).not.toContain("s1");
      expect(await ask("And now?")).toMatchObject({ content: "Still here.", model: "gpt-4o" });
      expect(anthropic.requests).toHaveLength(4);
      expect(complaints).toEqual([]);
    });

    it("gets the calls of another provider, although it would want thinking before them", async () => {
      const { anthropic, ask, complaints } = await startProviders(
        await open(),
        {
          openai: [
            { toolCalls: [call] },
            { status: 503 },
            { toolCalls: [{ ...call, id: "call_2" }] },
            { text: ["Fine."] },
          ],
          anthropic: [{ blocks: [{ text: ["Anthropic has seen it."] }] }],
        },
        {
          provider: "openai",
          models: ["gpt-4o"],
          fallback: ["claude-3-7-sonnet"],
          thinking: { budget: 2000 },
        },
      );
      expect(await ask("Look")).toMatchObject({
        status: "complete",
        content: "Anthropic has seen it.",
        provider: "Anthropic",
      });
      expect(anthropic.requests[0]).not.toHaveProperty("thinking");
      expect(await ask("Again")).toMatchObject({ content: "Fine.", provider: "OpenAI" });
      expect(complaints).toEqual([]);
    });

    it("names the chat as well, when it gave the first answer", async () => {
      const { client, chatId, ask, anthropic } = await startProviders(
        await open(),
        {
          openai: [{ status: 500 }],
          anthropic: [{ blocks: [{ text: ["Fine."] }] }, { blocks: [{ text: ["Herons"] }] }],
        },
        { provider: "openai", models: ["gpt-4o"], fallback: ["claude-3-7-sonnet"], titles: true },
      );
      await ask("What is a heron?");
      await expect.poll(async () => (await client.chat.get.query({ chatId })).title).toBe("Herons");
      expect(anthropic.requests).toHaveLength(2);
    });
  });
});
