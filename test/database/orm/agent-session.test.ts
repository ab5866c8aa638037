import { Agent, createLLM, defineAgent } from "@node-llm/core";
import { expect, it } from "vitest";

import type { PrismaClientLike } from "node-llm-trpc/orm";
import { createAgentSession, loadAgentSession } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { describeSchema } from "../../support/databases/describe-schema.ts";
import { agentModels, extendedModels } from "../../support/databases/specification-models.ts";
import { failureOf } from "../../support/failure-of.ts";
import { tool } from "../../support/providers/tool.ts";

interface Inputs extends Record<string, unknown> {
  readonly name: string;
  readonly level?: string;
}

const seen: unknown[] = [];

class SupportAgent extends Agent<Inputs> {
  static override model = "support-model";
  static override temperature = 0.2;
  static override instructions = ({ name, level = "new" }: Record<string, unknown>) =>
    `You help ${String(name)}, who is ${String(level)}.`;
  static override tools = ({ name }: Record<string, unknown>) => [
    tool("look", async () => `seen for ${String(name)}`),
  ];
  static override onToolEnd(_call: unknown, result: unknown): void {
    seen.push(result);
  }
  static override onComplete(result: unknown): void {
    seen.push(String(result));
  }
}

class OtherAgent extends Agent {
  static override model = "other-model";
}

const look = { toolCall: { id: "c1", name: "look" } };
const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };

describeSchema("sessions of agents", agentModels, (open) => {
  const start = async (scripts: Scripts) => {
    const { prisma, model } = await open();
    const provider = createScriptedProvider(scripts);
    return { prisma, model, provider, llm: createLLM({ provider, retry: { attempts: 1 } }) };
  };

  it("store what is said, and take everything else from the class", async () => {
    seen.length = 0;
    const { prisma, model, provider, llm } = await start([
      [look, usage],
      ["Hello Ada.", usage],
      ["Fine."],
    ]);
    const session = await createAgentSession(prisma, llm, SupportAgent, {
      metadata: { name: "Ada" },
      chat: { userId: "u1" },
    });
    const message = await session.ask("Hi");
    expect(message).toMatchObject({
      content: "Hello Ada.",
      inputTokens: 24,
      modelId: "support-model",
    });
    expect(seen).toEqual(["seen for Ada", "Hello Ada."]);
    expect(provider.requests[0]).toMatchObject({ model: "support-model", temperature: 0.2 });
    expect(await model("LlmAgentSession").findMany({ where: {} })).toMatchObject([
      {
        id: session.id,
        agentClass: "SupportAgent",
        chatId: session.chatId,
        metadata: { name: "Ada" },
      },
    ]);
    expect(await model("LlmChat").findMany({ where: {} })).toMatchObject([
      { id: session.chatId, model: "support-model", userId: "u1" },
    ]);
    expect(await model("LlmToolCall").findMany({ where: {} })).toMatchObject([
      { result: "seen for Ada" },
    ]);

    // In another process, after the app's settings have changed in the database.
    await model("LlmChat").updateMany({
      where: {},
      data: { model: "old-model", instructions: "Old.", temperature: 1 },
    });
    const loaded = await loadAgentSession(prisma, llm, SupportAgent, session.id);
    expect(loaded.history.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "assistant",
    ]);
    expect(loaded.totalUsage.total_tokens).toBe(38);
    const chunks = loaded.askStream("And?", { inputs: { level: "a regular" } });
    let text = "";
    let next = await chunks.next();
    for (; next.done !== true; next = await chunks.next()) text += next.value.content;
    expect([text, next.value]).toMatchObject(["Fine.", { content: "Fine.", role: "assistant" }]);
    const request = provider.requests[2];
    expect(request).toMatchObject({ model: "support-model", temperature: 0.2 });
    expect(request?.messages.map(({ content }) => content)).toEqual([
      "You help Ada, who is a regular.",
      "Hi",
      null,
      "seen for Ada",
      "Hello Ada.",
      "And?",
    ]);
    expect(await loaded.messages()).toHaveLength(4);
    expect(await loaded.stats()).toMatchObject({ total_tokens: 38 });
    expect([loaded.modelId, loaded.agentClass]).toEqual(["support-model", "SupportAgent"]);
  });

  it("change their metadata, and are deleted with their chat", async () => {
    const { prisma, model, provider, llm } = await start("Fine.");
    const session = await createAgentSession(prisma, llm, SupportAgent, {
      metadata: { name: "Ada" },
    });
    await session.updateMetadata({ level: "a regular" });
    session.withTool(tool("other", async () => "no")).withInstructions("Be kind.");
    for (const question of ["Hi", "Hi again"]) await session.ask(question);
    for (const { messages, tools } of provider.requests) {
      expect(messages[0]).toMatchObject({ content: "You help Ada, who is a regular.\n\nBe kind." });
      expect(tools?.map((one) => one.function.name)).toEqual(["look", "other"]);
    }
    await session.withInstructions("Only this.", { replace: true }).ask("And?");
    expect(provider.requests[2]?.messages[0]).toMatchObject({ content: "Only this." });
    const loaded = await loadAgentSession(prisma, llm, SupportAgent, session.id);
    expect(loaded.metadata).toEqual({ name: "Ada", level: "a regular" });
    await loaded.delete();
    expect(await model("LlmChat").findMany({ where: {} })).toEqual([]);
    expect(await failureOf(loadAgentSession(prisma, llm, SupportAgent, session.id))).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("are refused with another class, and take overrides and inline agents", async () => {
    const { prisma, provider, llm } = await start("Fine.");
    const session = await createAgentSession(prisma, llm, OtherAgent, {
      model: "special",
      instructions: "Be brief.",
    });
    await session.withInstructions("And kind.").ask("Hi");
    expect(provider.requests[0]).toMatchObject({ model: "special" });
    expect(provider.requests[0]?.messages[0]?.content).toBe("Be brief.\n\nAnd kind.");
    expect(await failureOf(loadAgentSession(prisma, llm, SupportAgent, session.id))).toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringMatching(/"OtherAgent", not to "SupportAgent"/),
    });
    const misspelt = createAgentSession(prisma, llm, OtherAgent, { chat: { userID: "u1" } });
    expect(await failureOf(misspelt)).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('Did you mean "userId"?'),
    });
    // What JavaScript and a cast can pass.
    const wrong: readonly (readonly [object, string])[] = [
      [{ userId: "u1" }, 'no option "userId"'],
      [{ maxToolcalls: 2 }, 'Did you mean "maxToolCalls"?'],
      [{ maxToolCalls: Number.NaN }, "`maxToolCalls` is NaN"],
      [{ idleTimeout: 0 }, "`idleTimeout` is 0"],
    ];
    for (const [options, message] of wrong) {
      const refused = { code: "CONFIGURATION", message: expect.stringContaining(message) };
      const created = createAgentSession(prisma, llm, OtherAgent, { ...options });
      expect(await failureOf(created)).toMatchObject(refused);
    }
    const ofTheClass: object = { model: "a" };
    const loaded = loadAgentSession(prisma, llm, OtherAgent, session.id, { ...ofTheClass });
    expect(await failureOf(loaded)).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('no option "model"'),
    });
    const Endless = defineAgent({ model: "a", maxToolCalls: Number.NaN });
    expect(await failureOf(createAgentSession(prisma, llm, Endless))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("`maxToolCalls` is NaN"),
    });
    const Inline = defineAgent({ model: "inline-model", instructions: "Inline." });
    const inline = await createAgentSession(prisma, llm, Inline);
    await inline.ask("Hi");
    expect(provider.requests[1]).toMatchObject({
      model: "inline-model",
      messages: [
        { role: "system", content: "Inline." },
        { role: "user", content: "Hi" },
      ],
    });
  });

  it("are created together with their chat, or not at all", async () => {
    const { prisma, model, llm } = await start("Fine.");
    const own = await createAgentSession(prisma, llm, OtherAgent, { chat: { id: "own-id" } });
    expect(own.chatId).toBe("own-id");
    // The statement for the chat would still succeed.
    // The other types of its delegates do not matter here.
    await (prisma as PrismaClient).$executeRawUnsafe(`DROP TABLE "LlmAgentSession"`);
    await expect(createAgentSession(prisma, llm, OtherAgent)).rejects.toThrow("LlmAgentSession");
    expect(await model("LlmChat").findMany({ where: {} })).toMatchObject([{ id: "own-id" }]);
  });

  it("keep the question of an answer that failed, and end with a signal", async () => {
    const { prisma, llm } = await start([[{ fail: 400 }], ["Half ", { stall: true }]]);
    const session = await createAgentSession(prisma, llm, OtherAgent);
    await expect(session.ask("One")).rejects.toThrow("400");
    const abort = new AbortController();
    const reading = (async () => {
      for await (const { content } of session.askStream("Two", { signal: abort.signal }))
        if (content !== "") abort.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect((await session.messages()).map(({ content }) => content)).toEqual([
      "One",
      "Two",
      "Half ",
    ]);
  });
});

describeSchema("a schema without sessions of agents", extendedModels, (open) => {
  it("is an error that says what is missing", async () => {
    const { prisma }: { readonly prisma: PrismaClientLike } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    expect(await failureOf(createAgentSession(prisma, llm, OtherAgent))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('no model "LlmAgentSession"'),
    });
  });
});
