import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { TableNames } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ModelDelegate, Row } from "../../../src/orm/database/client/prisma-client-like.ts";
import { readText } from "../clients/read-text.ts";
import type { SchemaDatabase } from "./describe-schema.ts";
import { tool } from "../providers/tool.ts";

interface ContractOptions {
  readonly tableNames?: TableNames;
  /** False for a schema with only the specification's columns: no lock, and nothing is saved while streaming. */
  readonly isExtended: boolean;
}

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };
const model = "scripted-model";

/** What the persistence layer does on every schema, whatever the names of its models and tables. */
export function persistenceContract(
  open: () => Promise<SchemaDatabase>,
  { tableNames, isExtended }: ContractOptions,
): void {
  const names = {
    chat: tableNames?.chat ?? "LlmChat",
    message: tableNames?.message ?? "LlmMessage",
    toolCall: tableNames?.toolCall ?? "LlmToolCall",
    request: tableNames?.request ?? "LlmRequest",
  };
  const options = { model, ...(tableNames === undefined ? {} : { tableNames }) };

  const start = async (scripts: Scripts, more: Row = {}) => {
    const database = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const chat = await createChat(database.prisma, llm, { ...options, ...more });
    const rows = (role: keyof typeof names): Promise<Row[]> =>
      database.model(names[role]).findMany({ where: {}, orderBy: { createdAt: "asc" } });
    return { database, provider, llm, chat, rows };
  };

  it("creates and loads a chat, and asks", async () => {
    const { database, provider, llm, chat, rows } = await start([["Paris", usage], ["Rome"]], {
      instructions: "Be brief.",
      metadata: { source: "test" },
      thinking: { budget: 16_000 },
    });
    expect(await rows("chat")).toMatchObject([
      { id: chat.id, model, instructions: "Be brief.", metadata: { source: "test" } },
    ]);
    const record = await chat.ask("The capital of France?");
    expect(record).toMatchObject({ content: "Paris", inputTokens: 12, outputTokens: 7 });
    expect(record).toMatchObject({ role: "assistant", modelId: model, provider: "scripted" });
    const loaded = await loadChat(database.prisma, llm, chat.id, options);
    expect(loaded.id).toBe(chat.id);
    await loaded.ask("And of Italy?", { thinking: { budget: 32_000 } });
    expect(provider.requests.map((request) => request.thinking?.budget)).toEqual([16_000, 32_000]);
    expect(provider.requests[1]?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "The capital of France?" },
      { role: "assistant", content: "Paris" },
      { role: "user", content: "And of Italy?" },
    ]);
    expect(await rows("message")).toHaveLength(4);
    await expect(loadChat(database.prisma, llm, randomUUID(), options)).rejects.toMatchObject({
      name: "ChatError",
      code: "NOT_FOUND",
    });
  });

  it("streams, and finishes the row that it began with", async () => {
    const { provider, chat } = await start([
      { thinking: { text: "Hm. ", signature: "s1", tokens: 3 } },
      "One ",
      { hold: true },
      "two",
      usage,
    ]);
    const reading = readText(chat.askStream("Count"));
    await provider.waitForHold();
    const placeholder = (await chat.messages()).at(-1);
    expect(placeholder).toMatchObject({ role: "assistant", content: null });
    provider.release();
    expect(await reading).toBe("One two");
    expect((await chat.messages()).at(-1)).toMatchObject({
      id: placeholder?.id,
      content: "One two",
      thinkingText: "Hm. ",
      thinkingSignature: "s1",
      thinkingTokens: 3,
      inputTokens: 12,
      outputTokens: 7,
      provider: "scripted",
      modelId: model,
    });
  });

  it("joins the pieces that were saved along the way", async () => {
    const { provider, chat } = await start([
      "One ",
      { hold: true },
      "two ",
      { hold: true },
      "three",
      { thinking: { text: "Done." } },
      { hold: true },
    ]);
    const reading = readText(chat.askStream("Count"));
    for (let step = 0; step < 3; step++) {
      await provider.waitForHold();
      await new Promise((resolve) => setTimeout(resolve, 330));
      provider.release();
    }
    await reading;
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two three",
      thinkingText: "Done.",
    });
  });

  it("records a tool call from start to end, and replays it", async () => {
    const { database, provider, chat, rows } = await start([
      [
        "Let me look. ",
        { toolCall: { id: "c1", name: "get_weather", arguments: { city: "Oslo" } } },
      ],
      ["It is cold.", usage],
    ]);
    const seen: unknown[] = [];
    const weather = tool("get_weather", async () => {
      const [row] = await database.model(names.toolCall).findMany({ where: {} });
      seen.push(row?.["result"]);
      return "-3 °C";
    });
    await readText(chat.withTool(weather).askStream("Weather in Oslo?"));
    expect(seen).toEqual([null]);
    expect(await rows("toolCall")).toMatchObject([
      { toolCallId: "c1", name: "get_weather", arguments: '{"city":"Oslo"}', result: "-3 °C" },
    ]);
    expect(await rows("request")).toHaveLength(2);
    await chat.ask("And now?");
    const messages = provider.requests[2]?.messages ?? [];
    const roles = ["user", "assistant", "tool", "assistant", "user"];
    expect(messages.map((message) => message.role)).toEqual(roles);
    expect(messages[2]).toEqual({ role: "tool", tool_call_id: "c1", content: "-3 °C" });
  });

  it("asks another model when the first one cannot answer", async () => {
    const { provider, chat, rows } = await start(
      ({ model: asked }) => (asked === model ? [{ fail: 503 }] : ["Fine."]),
      { fallback: ["second-model"] },
    );
    expect(await chat.ask("Hi")).toMatchObject({ content: "Fine.", modelId: "second-model" });
    expect(await readText(chat.askStream("Hi"))).toBe("Fine.");
    expect((await chat.messages()).at(-1)).toMatchObject({ modelId: "second-model" });
    expect((await rows("request")).map((row) => [row["model"], row["statusCode"]])).toEqual([
      [model, 503],
      ["second-model", 200],
      [model, 503],
      ["second-model", 200],
    ]);
    expect(provider.calls).toBe(4);
  });

  it("adds up the requests of this chat only", async () => {
    const { database, llm, chat } = await start([
      ["A", { usage: { ...usage.usage, cost: 0.5 } }],
      ["B", usage],
    ]);
    const other = await createChat(database.prisma, llm, options);
    await chat.ask("a");
    await other.ask("b");
    expect(await chat.stats()).toEqual({
      input_tokens: 12,
      output_tokens: 7,
      total_tokens: 19,
      cost: 0.5,
    });
    expect(await other.stats()).toMatchObject({ input_tokens: 12, cost: null });
  });

  it("rolls back a failed answer, but keeps the question and the request", async () => {
    const failure = Object.assign(new Error("secret"), { status: 429 });
    const { provider, chat, rows } = await start([["Half ", { error: failure }], ["Fine."]]);
    await expect(readText(chat.askStream("Hello"))).rejects.toBe(failure);
    expect(await rows("message")).toMatchObject([{ role: "user", content: "Hello" }]);
    expect(await rows("request")).toMatchObject([
      { statusCode: 429, messageId: null, chatId: chat.id, cost: null },
    ]);
    await chat.ask("Again");
    expect(provider.requests[1]?.messages.map((message) => message.content)).toEqual([
      "Hello",
      "Again",
    ]);
  });

  it("keeps the text of an answer that its reader leaves, and aborts the call", async () => {
    const { provider, chat, rows } = await start(["One ", "two ", { hold: true }, "three"]);
    for await (const chunk of chat.askStream("Count")) if (chunk.content === "two ") break;
    expect(provider.aborted).toBe(1);
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "One two " });
    expect(await rows("request")).toMatchObject([{ statusCode: 499 }]);
  });

  it("keeps the order of messages, whatever the clock does", async () => {
    const { chat } = await start((_request, call) => `Answer ${call}`);
    for (let turn = 1; turn <= 5; turn++) await chat.ask(`Question ${turn}`);
    expect((await chat.messages()).map((row) => row.content)).toEqual(
      [1, 2, 3, 4, 5].flatMap((turn) => [`Question ${turn}`, `Answer ${turn}`]),
    );
  });

  it("rejects when the chat is deleted in the middle of an answer", async () => {
    const { database, provider, chat, rows } = await start(["One ", { hold: true }, "two"]);
    const answer = chat.ask("Count");
    await provider.waitForHold();
    const chats: ModelDelegate<Row> = database.model(names.chat);
    await chats.deleteMany({ where: { id: chat.id } });
    provider.release();
    await expect(answer).rejects.toMatchObject({ name: "ChatError", code: "NOT_FOUND" });
    expect(await rows("message")).toEqual([]);
    await expect(chat.ask("Hello?")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("works with an extended client", async () => {
    const { database, llm, chat } = await start("Fine.");
    // `$extends` is a method of every generated client.
    const extensible = database.prisma as unknown as {
      $extends(extension: object): typeof database.prisma;
    };
    const extended = extensible.$extends({ name: "nothing", query: {} });
    const loaded = await loadChat(extended, llm, chat.id, options);
    expect(await loaded.ask("Hello")).toMatchObject({ content: "Fine." });
  });

  if (!isExtended) return;

  it("admits one turn at a time", async () => {
    const { database, provider, llm, chat } = await start([{ hold: true }, "Done."]);
    const answer = chat.ask("First");
    await provider.waitForHold();
    const other = await loadChat(database.connect(), llm, chat.id, options);
    await expect(other.ask("Second")).rejects.toMatchObject({ code: "CONFLICT" });
    provider.release();
    expect(await answer).toMatchObject({ content: "Done.", status: "complete", turnLock: null });
  });
}
