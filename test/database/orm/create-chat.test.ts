import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { ChatError, createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { describeSchema } from "../../support/databases/describe-schema.ts";
import { specificationModels } from "../../support/databases/specification-models.ts";
import { tool } from "../../support/providers/tool.ts";

describeDatabases((_name, open) => {
  it("stores options that are columns, and no others", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Hi") });
    const chat = await createChat(prisma, llm, {
      model: "scripted-model",
      userId: "u1",
      title: "Mine",
      metadata: { source: "test" },
      temperature: 0.2,
      toolExecution: "dry-run",
      params: { seed: 1 },
    });
    expect(await prisma.llmChat.findUnique({ where: { id: chat.id } })).toMatchObject({
      userId: "u1",
      title: "Mine",
      metadata: { source: "test" },
    });
  });

  it("rejects unknown chats, empty questions and wrong table names, and writes nothing", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Hi") });
    await expect(loadChat(prisma, llm, randomUUID())).rejects.toMatchObject({ code: "NOT_FOUND" });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    await expect(chat.ask("")).rejects.toBeInstanceOf(ChatError);
    await expect(createChat(prisma, llm, { tableNames: { chat: "Nope" } })).rejects.toThrow(
      /no model "Nope".*LlmChat, LlmMessage/s,
    );
    expect(await prisma.llmMessage.count()).toBe(0);
    expect(await prisma.llmChat.count()).toBe(1);
  });

  it.each([
    [
      { userID: "u1" },
      /no option "userID", and LlmChat has no such column\. Did you mean "userId"\?/,
    ],
    [{ systemPromt: "Hi" }, /Did you mean "systemPrompt"\?/],
    [{ temprature: 1 }, /Did you mean "temperature"\?/],
    [{ debug: true }, /no option "debug".*Remove it/],
    [{ messages: [] }, /`addMessages`/],
    [{ instructions: "a", systemPrompt: "b" }, /same option/],
    [{ toolTimeout: Number.NaN }, /`toolTimeout` is NaN/],
    [{ maxToolCalls: Number.NaN }, /`maxToolCalls` is NaN/],
    [{ context: { maxTokens: -1 } }, /`context`: `maxTokens` is -1/],
  ])(
    "refuses options that it does not know, or that are no numbers, by name: %j",
    async (options, message) => {
      const { prisma } = await open();
      const llm = createLLM({ provider: createScriptedProvider("Hi") });
      const refusal = {
        name: "ChatError",
        code: "CONFIGURATION",
        message: expect.stringMatching(message),
      };
      await expect(createChat(prisma, llm, options)).rejects.toMatchObject(refusal);
      expect(await prisma.llmChat.count()).toBe(0);
      const { id } = await createChat(prisma, llm, { userId: undefined });
      await expect(loadChat(prisma, llm, id, options)).rejects.toMatchObject(refusal);
    },
  );

  it("takes core's name for instructions", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Hi");
    const chat = await createChat(prisma, createLLM({ provider }), { systemPrompt: "Be brief." });
    await chat.ask("Hi");
    expect(provider.requests[0]?.messages[0]).toEqual({ role: "system", content: "Be brief." });
    expect(await prisma.llmChat.findMany()).toMatchObject([{ instructions: "Be brief." }]);
  });

  it("stores no requests and no tool calls when they are turned off", async () => {
    const { prisma } = await open();
    const usage = { usage: { input_tokens: 12, output_tokens: 7, cost: 0.5 } };
    const provider = createScriptedProvider([
      [{ toolCall: { id: "c1", name: "look" } }, usage],
      ["A secret cat.", usage],
      [{ fail: 400 }],
      ["Fine."],
    ]);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const persistence = { requests: false, toolCalls: false };
    const tools = [tool("look", async () => "a secret")];
    const chat = await createChat(prisma, llm, { persistence, tools });
    await chat.ask("Look");
    expect(provider.requests[1]?.messages.at(-1)).toMatchObject({ content: "a secret" });
    await expect(chat.ask("And?")).rejects.toThrow("400");
    for await (const _ of chat.askStream("Again?"));
    expect(provider.requests[3]?.messages.map(({ content }) => content)).toEqual([
      "Look",
      "A secret cat.",
      "And?",
      "Again?",
    ]);
    expect(await prisma.llmRequest.count()).toBe(0);
    expect(await prisma.llmToolCall.count()).toBe(0);
    expect(await chat.stats()).toMatchObject({ input_tokens: 24, output_tokens: 14, cost: 1 });
  });

  it("writes nothing of a tool call into the log when tool calls are turned off", async () => {
    const { prisma } = await open();
    const call = { id: "c1", name: "look" };
    const provider = createScriptedProvider([
      [
        "Hm. ",
        { writing: { ...call, arguments: '{"at":"a sec' } },
        { hold: true },
        { toolCall: { ...call, arguments: { at: "a secret" } } },
      ],
      ["Seen. ", { hold: true }, "Done."],
    ]);
    const tools = [tool("look", async () => "a secret, too")];
    const persistence = { toolCalls: false };
    const chat = await createChat(prisma, createLLM({ provider }), { persistence, tools });
    const stream = chat.askStream("Look");
    const reading = (async () => {
      for await (const _ of stream);
    })();
    for (const text of ["Hm. ", "Seen. "]) {
      await provider.waitForHold();
      // Whatever came before a piece of text, or right after it, is saved with it.
      await expect
        .poll(async () => (await prisma.llmMessageChunk.findMany()).map((row) => row.text))
        .toContain(text);
      const log = await prisma.llmMessageChunk.findMany({ where: { kind: { not: "beat" } } });
      expect(new Set(log.map(({ kind }) => kind))).toEqual(new Set(["text"]));
      provider.release();
    }
    await reading;
    expect(await prisma.llmToolCall.count()).toBe(0);
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "Hm. Seen. Done." });
  });
});

/** A schema with nothing but chats and messages. */
const twoModels = specificationModels
  .replaceAll(/^model Llm(ToolCall|Request) \{.*?^\}/gms, "")
  .replaceAll(/^.*\bLlm(ToolCall|Request)\[\].*$/gm, "");

describeSchema("chats and messages alone", twoModels, (openSchema) => {
  it("are enough without requests and tool calls, and otherwise an error says what is missing", async () => {
    const { prisma } = await openSchema();
    const provider = createScriptedProvider([
      [{ toolCall: { id: "c1", name: "look" } }],
      ["A cat.", { usage: { input_tokens: 12, output_tokens: 7 } }],
      [{ fail: 400 }],
    ]);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    await expect(createChat(prisma, llm)).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('no model "LlmToolCall"'),
    });
    const persistence = { requests: false, toolCalls: false };
    const tools = [tool("look", async () => "seen")];
    const chat = await createChat(prisma, llm, { persistence, tools });
    expect(await chat.ask("Look")).toMatchObject({ content: "A cat." });
    await expect(chat.ask("And?")).rejects.toThrow("400");
    expect((await chat.messages()).map(({ content }) => content)).toEqual([
      "Look",
      "A cat.",
      "And?",
    ]);
    expect(await chat.stats()).toMatchObject({ total_tokens: 19, cost: null });
  });
});
