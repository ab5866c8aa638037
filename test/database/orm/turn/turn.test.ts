import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readText } from "../../../support/clients/read-text.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { tool } from "../../../support/providers/tool.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };

describeEveryDatabase((_name, open) => {
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

  it("saves at intervals while it streams, and joins the saved pieces at the end", async () => {
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
    const reading = readText(chat.askStream("Count"));
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
    expect(await reading).toBe("One two three");
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

  it("records a tool call from start to end, and replays it exactly", async () => {
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
    await readText(chat.askStream("Weather in Oslo?"));
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

  it("rejects with the provider's own error, keeps the question and the request, and removes the empty answer", async () => {
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

  it("keeps the partial text of an answer that its reader leaves, and aborts the call", async () => {
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

  it("removes an answer that is aborted before any text", async () => {
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
});
