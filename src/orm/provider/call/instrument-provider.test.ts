import { getEventListeners } from "node:events";
import type { ChatChunk, Provider, ProviderCapabilities, ToolCall } from "@node-llm/core";
import { expect, it } from "vitest";

import { instrumentProvider, recordProvider } from "./instrument-provider.ts";
import type { AnswerObserver } from "./call-observer.ts";
import type { RequestOutcome } from "../../usage/record-call.ts";

function observe() {
  const outcomes: RequestOutcome[] = [];
  const calls: string[] = [];
  const text: string[] = [];
  const observer: AnswerObserver = {
    signal: new AbortController().signal,
    idleTimeout: 1000,
    toolCallIds: new Set(),
    cachesPrompt: true,
    onCall: () => undefined,
    admit: () => Promise.resolve(),
    takeHalt: () => null,
    isWaiting: () => false,
    hasToolResults: () => false,
    continued: null,
    onToolAnswer: (_id, content) => ({ content, isError: false }),
    onText: (piece) => void text.push(piece),
    onThinking: () => undefined,
    onFinish: () => undefined,
    onModel: () => Promise.resolve(),
    onWritten: () => undefined,
    onToolCalls: (added) => {
      calls.push(...added.map((one) => one.id));
      return Promise.resolve(added);
    },
    onRequest: (outcome) => {
      outcomes.push(outcome);
      return Promise.resolve();
    },
  };
  return { observer, outcomes, calls, text };
}

function provide(chunks: readonly ChatChunk[], seen: object[] = []): Provider {
  return {
    id: "own",
    defaultModel: () => "own-model",
    chat: (request) => {
      seen.push(request);
      return Promise.resolve({ content: "Hi" });
    },
    stream: async function* (request) {
      seen.push(request);
      yield* chunks;
    },
    formatToolResultMessage: (id, content) => ({ role: "tool", tool_call_id: id, content }),
  };
}

function call(id: string): ToolCall {
  return { id, type: "function", function: { name: "look", arguments: "{}" } };
}

async function read(provider: Provider): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  const stream = provider.stream?.({ model: "m", messages: [] }) ?? [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

it("passes on the tool calls of all chunks together, each once", async () => {
  const { observer, calls } = observe();
  const chunks = await read(
    instrumentProvider(
      provide([
        { content: "", tool_calls: [call("a")] },
        { content: "", tool_calls: [call("a"), call("b")] },
        { content: "", tool_calls: [call("")] },
        { content: "", tool_calls: [call("")] },
      ]),
      observer,
    ),
  );
  expect(calls).toEqual(["a", "b", expect.any(String), expect.any(String)]);
  const given = chunks.flatMap((chunk) => (chunk.tool_calls === undefined ? [] : [chunk]));
  expect(given).toHaveLength(1);
  expect(given[0]?.tool_calls?.map((one) => one.id)).toEqual(calls);
});

it("merges usage that is reported in pieces, with its cost", async () => {
  const { observer, outcomes } = observe();
  const usage = (input: number, output: number, cost?: number) => ({
    content: "",
    usage: {
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      ...(cost === undefined ? {} : { cost }),
    },
  });
  const chunks = await read(
    instrumentProvider(
      provide([usage(10, 1), { content: "Hi" }, usage(0, 5), usage(0, 5, 0.25)]),
      observer,
    ),
  );
  expect(chunks.filter((chunk) => chunk.usage !== undefined)).toEqual([usage(10, 5, 0.25)]);
  expect(outcomes).toMatchObject([
    { statusCode: 200, inputTokens: 10, outputTokens: 5, cost: 0.25, errorCode: null },
  ]);
});

it("trusts a model that it does not know, whatever the provider says of it and has frozen", () => {
  const no = () => false;
  const capabilities: ProviderCapabilities = Object.freeze({
    supportsVision: no,
    supportsTools: no,
    supportsStructuredOutput: no,
    supportsEmbeddings: no,
    supportsImageGeneration: no,
    supportsTranscription: no,
    supportsModeration: no,
    supportsReasoning: no,
    supportsDeveloperRole: no,
    getContextWindow: () => 4_096,
  });
  const own = instrumentProvider({ ...provide([]), capabilities }, observe().observer).capabilities;
  expect(own?.supportsTools("own-model")).toBe(true);
  expect(own?.supportsStructuredOutput("own-model")).toBe(true);
  expect(own?.supportsTools("gpt-4")).toBe(false);
  expect(own?.getContextWindow("own-model")).toBe(4_096);
});

it("streams the response of a provider that cannot stream", async () => {
  const { observer, text, outcomes } = observe();
  const provider = provide([]);
  delete provider.stream;
  expect(await read(instrumentProvider(provider, observer))).toEqual([{ content: "Hi" }]);
  expect(text).toEqual(["Hi"]);
  expect(outcomes).toHaveLength(1);
});

it("gives the provider a signal that it cannot send, and no empty list of tools", async () => {
  const seen: object[] = [];
  const { observer } = observe();
  const provider = instrumentProvider(provide([], seen), observer);
  await provider.chat({ model: "m", messages: [], tools: [], headers: { "x-app": "1" } });
  await provider.chat({ model: "m", messages: [] });
  expect(Object.keys(seen[0] ?? {})).not.toContain("signal");
  expect(seen[0]).not.toHaveProperty("tools");
  expect("signal" in (seen[0] ?? {})).toBe(true);
  // Core leaves the headers of a question out of the calls that follow the first one.
  expect(seen[1]).toMatchObject({ headers: { "x-app": "1" } });
});

it("records a call whose provider throws before it has a stream, and leaves the turn's signal", async () => {
  const { observer, outcomes } = observe();
  const provider = provide([]);
  const error = new Error("No network.");
  provider.stream = () => {
    throw error;
  };
  await expect(read(instrumentProvider(provider, observer))).rejects.toBe(error);
  expect(outcomes).toMatchObject([{ provider: "own", model: "m" }]);
  expect(outcomes[0]?.errorCode).not.toBeNull();
  expect(getEventListeners(observer.signal, "abort")).toEqual([]);
});

it("passes merged text on to core in a few pieces, but reports each piece at once", async () => {
  const { observer, text } = observe();
  const words = Array.from({ length: 600 }, (_, index) => `${index} `);
  const chunks = [
    ...words.map((content) => ({ content })),
    { content: "", thinking: { text: "Hm." } },
    { content: "end", done: true },
  ];
  const pieces = await read(instrumentProvider(provide(chunks), { ...observer, mergesText: true }));
  expect(text).toEqual([...words, "end"]);
  expect(pieces.map((chunk) => chunk.content).join("")).toBe([...words, "end"].join(""));
  expect(pieces.map((chunk) => chunk.thinking?.text).findIndex((one) => one === "Hm.")).toBe(2);
  expect(pieces).toHaveLength(4);
});

it("records a call that belongs to no answer, and ignores tools that the model calls anyway", async () => {
  const { observer, outcomes, calls } = observe();
  const provider = provide([]);
  provider.chat = () => Promise.resolve({ content: "H\0i", tool_calls: [call("a")] });
  const recorded = recordProvider(provider, observer);
  expect(await recorded.chat({ model: "m", messages: [] })).toEqual({ content: "H\uFFFDi" });
  expect(outcomes).toMatchObject([{ provider: "own", model: "m", statusCode: 200 }]);
  expect(calls).toEqual([]);
});

it.each([
  [{ input_tokens: "7", output_tokens: 3.6, total_tokens: 11, cost: "0.5" }, [7, 4, null, 0.5]],
  [{ input_tokens: -1, output_tokens: null, total_tokens: 0, cost: -1 }, [0, 0, null, null]],
  [{ input_tokens: 3e9, output_tokens: 1, total_tokens: 1, cached_tokens: "6" }, [0, 1, 6, null]],
])("records integers for %j", async (usage, expected) => {
  const { observer, outcomes } = observe();
  // What a provider in JavaScript may do.
  const chunks = [{ content: "Hi" }, { content: "", usage } as unknown as ChatChunk];
  await read(instrumentProvider(provide(chunks), observer));
  expect(
    outcomes.map((one) => [one.inputTokens, one.outputTokens, one.cachedTokens, one.cost]),
  ).toEqual([expected]);
});
