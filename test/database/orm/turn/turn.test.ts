import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { ChatError, createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { tool } from "../../../support/providers/tool.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };

describeDatabases((_name, open) => {
  it("commits both messages before the provider is called, and finishes the same row", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["Paris", { hold: true }, ".", usage]);
    const chat = await createChat(prisma, createLLM({ provider }), {
      model: "scripted-model",
      instructions: "Be brief.",
    });
    const answer = chat.ask("What is the capital of France?");
    await provider.waitForHold();
    const before = await chat.messages();
    expect(before.map((row) => [row.role, row.status])).toEqual([
      ["user", "complete"],
      ["assistant", "pending"],
    ]);
    provider.release();
    const record = await answer;
    expect(record.id).toBe(before[1]?.id);
    expect(record).toMatchObject({
      content: "Paris.",
      inputTokens: 12,
      outputTokens: 7,
      modelId: "scripted-model",
      provider: "scripted",
      status: "complete",
    });
    expect(await chat.messages()).toMatchObject([
      { role: "user", content: "What is the capital of France?", position: 1 },
      { role: "assistant", content: "Paris.", position: 2, turnLock: null, parts: '[["text",6]]' },
    ]);
    expect(provider.requests[0]?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "What is the capital of France?" },
    ]);
  });

  it("streams, saves at intervals and puts the saved pieces together in the database", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      { thinking: { text: "Hm. ", signature: "sig", tokens: 3 } },
      "One ",
      { hold: true },
      "two ",
      { hold: true },
      "three",
      usage,
    ]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    const stream = chat.askStream("Count");
    let text = "";
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.content;
    })();
    await provider.waitForHold();
    await expect.poll(() => prisma.llmMessageChunk.count()).toBeGreaterThanOrEqual(2);
    expect(
      await prisma.llmMessageChunk.findMany({ orderBy: { seq: "asc" }, take: 2 }),
    ).toMatchObject([
      { kind: "thinking", text: "Hm. " },
      { kind: "text", text: "One " },
    ]);
    provider.release();
    await expect.poll(() => prisma.llmMessageChunk.count({ where: { text: "two " } })).toBe(1);
    provider.release();
    await reading;
    expect(text).toBe("One two three");
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two three",
      thinkingText: "Hm. ",
      thinkingSignature: "sig",
      thinkingTokens: 3,
      inputTokens: 12,
      status: "complete",
    });
    expect(await prisma.llmMessageChunk.count()).toBe(0);
  });

  it("replays a tool round trip exactly, and records it from start to end", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [
        "Let me look. ",
        { toolCall: { id: "c1", name: "get_weather", arguments: { city: "Oslo" } } },
        usage,
      ],
      ["It is cold.", usage],
    ]);
    const seen: string[] = [];
    const weather = tool("get_weather", async (args) => {
      const rows = await prisma.llmToolCall.findMany();
      seen.push(`${rows[0]?.status} ${JSON.stringify(args)}`);
      return "-3 °C";
    });
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm, { model: "scripted-model", tools: [weather] });
    for await (const _ of chat.askStream("Weather in Oslo?"));
    expect(seen).toEqual(['running {"city":"Oslo"}']);
    expect(await prisma.llmToolCall.findMany()).toMatchObject([
      {
        toolCallId: "c1",
        name: "get_weather",
        arguments: '{"city":"Oslo"}',
        result: "-3 °C",
        status: "complete",
      },
    ]);
    expect(await prisma.llmRequest.count()).toBe(2);
    const loaded = await loadChat(prisma, llm, chat.id);
    await loaded.ask("And now?");
    expect(provider.requests[2]?.messages).toEqual([
      { role: "user", content: "Weather in Oslo?" },
      {
        role: "assistant",
        content: "Let me look. ",
        tool_calls: [
          {
            id: "c1",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "-3 °C" },
      { role: "assistant", content: "It is cold." },
      { role: "user", content: "And now?" },
    ]);
  });

  it("gives the provider's own error, keeps the question and the ledger, and removes the empty answer", async () => {
    const { prisma } = await open();
    const failure = Object.assign(new Error("secret details"), { status: 429 });
    const provider = createScriptedProvider([[{ error: failure }], ["Fine."]]);
    const chat = await createChat(prisma, createLLM({ provider, retry: { attempts: 1 } }), {
      model: "scripted-model",
    });
    await expect(chat.ask("Hello")).rejects.toBe(failure);
    expect(await chat.messages()).toMatchObject([{ role: "user", content: "Hello" }]);
    expect(await prisma.llmRequest.findMany()).toMatchObject([
      { statusCode: 429, errorCode: "RATE_LIMITED", messageId: null, cost: null },
    ]);
    await chat.ask("Again");
    expect(provider.requests[1]?.messages).toEqual([
      { role: "user", content: "Hello" },
      { role: "user", content: "Again" },
    ]);
  });

  it("keeps the partial text of an answer that the reader left, and closes the call", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", "two ", { hold: true }, "three"]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    for await (const chunk of chat.askStream("Count")) if (chunk.content === "two ") break;
    expect(provider.aborted).toBe(1);
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two ",
      status: "stopped",
      turnLock: null,
    });
    expect(await prisma.llmRequest.findMany()).toMatchObject([
      { statusCode: 499, errorCode: "ABORTED" },
    ]);
  });

  it("removes an answer that was aborted before any text", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([{ hold: true }, "late"]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    const controller = new AbortController();
    const answer = chat.ask("Hello", { signal: controller.signal });
    await provider.waitForHold();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect(await chat.messages()).toMatchObject([{ role: "user" }]);
  });

  it("takes one turn at a time, by the database", async () => {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, "Done."]);
    const llm = createLLM({ provider });
    const chat = await createChat(database.prisma, llm, { model: "scripted-model" });
    const other = await loadChat(database.connect(), llm, chat.id);
    const results = await Promise.allSettled([
      expect(chat.ask("First")).resolves.toBeDefined(),
      provider.waitForHold().then(async () => {
        await expect(other.ask("Second")).rejects.toMatchObject({
          name: "ChatError",
          code: "CONFLICT",
        });
        provider.release();
      }),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await chat.messages()).toHaveLength(2);
  });

  it("lets one of many simultaneous questions win, and writes nothing for the others", async () => {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, "Done."]);
    const llm = createLLM({ provider });
    const chat = await createChat(database.prisma, llm, { model: "scripted-model" });
    const clients = [database.prisma, database.connect(), database.connect()];
    const chats = await Promise.all(clients.map((client) => loadChat(client, llm, chat.id)));
    const answers = chats.flatMap((one) => [one.ask("a"), one.ask("b")]);
    const refused: unknown[] = [];
    for (const answer of answers) answer.catch((error: unknown) => refused.push(error));
    await provider.waitForHold();
    await expect.poll(() => refused).toHaveLength(5);
    for (const error of refused) expect(error).toMatchObject({ code: "CONFLICT" });
    provider.release();
    await Promise.allSettled(answers);
    expect(await chat.messages()).toHaveLength(2);
  });

  it("adds up a chat in the database and keeps an unknown cost null", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      ["A", usage],
      ["B", { usage: { ...usage.usage, cost: 0.5 } }],
    ]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    expect(await chat.stats()).toEqual({
      input_tokens: 0,
      output_tokens: 0,
      total_tokens: 0,
      cost: null,
    });
    await chat.ask("a");
    expect(await chat.stats()).toEqual({
      input_tokens: 12,
      output_tokens: 7,
      total_tokens: 19,
      cost: null,
    });
    await chat.ask("b");
    expect(await chat.stats()).toEqual({
      input_tokens: 24,
      output_tokens: 14,
      total_tokens: 38,
      cost: 0.5,
    });
  });

  it("puts columns of the app's own into the row, and options that are none nowhere", async () => {
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

  it("refuses unknown chats, empty questions and wrong table names, and writes nothing", async () => {
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

  it("marks an answer whose process is gone as interrupted, with its text, and takes the next question", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    const dead = await openTurn(prisma, chat.id, { secondsAgo: 20, text: ["Half an ", "answer"] });
    await chat.ask("Are you there?");
    expect(await prisma.llmMessage.findUnique({ where: { id: dead } })).toMatchObject({
      status: "interrupted",
      content: "Half an answer",
      turnLock: null,
    });
    expect(provider.requests[0]?.messages).toEqual([
      { role: "user", content: "Are you alive?" },
      { role: "assistant", content: "Half an answer" },
      { role: "user", content: "Are you there?" },
    ]);
  });

  it("leaves an answer alone whose process lives", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    await openTurn(prisma, chat.id, { secondsAgo: 2, text: ["Half"] });
    await expect(chat.ask("Are you there?")).rejects.toMatchObject({ code: "CONFLICT" });
  });
});
