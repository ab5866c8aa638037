import type { ChatChunk, ChatRequest, Message, Provider, ToolCall } from "@node-llm/core";
import { RateLimitError } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { ChatError } from "../../../chat/chat-error.ts";
import type { AnswerErrorCode } from "../../../chat/error-codes.ts";
import type { RequestOutcome } from "../../usage/record-call.ts";
import { carriedBy, carriedByMessage, carry } from "../wire/carried.ts";
import type { AnswerObserver } from "./call-observer.ts";
import { instrumentProvider } from "./instrument-provider.ts";

type Chunk = ChatChunk | Error;

/** A provider that plays the next of its answers in each call, and the last one again and again. */
function provide(id: string, ...answers: readonly (readonly Chunk[])[]) {
  const requests: ChatRequest[] = [];
  const provider: Provider = {
    id,
    defaultModel: () => "asked",
    chat: async (request) => {
      let content = "";
      for await (const chunk of provider.stream?.(request) ?? []) content += chunk.content;
      return { content };
    },
    stream: async function* (request) {
      const answer = answers[requests.push(request) - 1] ?? answers.at(-1) ?? [];
      for (const chunk of answer) {
        await Promise.resolve();
        if (chunk instanceof Error) throw chunk;
        yield chunk;
      }
    },
    formatToolResultMessage: (toolCallId, content) => ({
      role: "tool",
      tool_call_id: toolCallId,
      content,
    }),
  };
  return { provider, requests };
}

function observe(patch: Partial<AnswerObserver> = {}) {
  const outcomes: RequestOutcome[] = [];
  const events: unknown[] = [];
  const observer: AnswerObserver = {
    signal: new AbortController().signal,
    idleTimeout: 1000,
    cachesPrompt: true,
    toolCallIds: new Set(),
    onCall: () => void events.push("call"),
    admit: () => Promise.resolve(),
    onModel: (model) => Promise.resolve(void events.push(model)),
    takeHalt: () => null,
    isWaiting: () => false,
    hasToolResults: () => false,
    continued: null,
    onToolAnswer: (_id, content) => ({ content, isError: false }),
    onText: (text) => void events.push(text),
    onThinking: ({ text }) => void events.push(`(${text})`),
    onFinish: () => undefined,
    onWritten: () => undefined,
    onToolCalls: (calls) => Promise.resolve(calls),
    onRequest: (outcome) => Promise.resolve(void outcomes.push(outcome)),
    ...patch,
  };
  return { observer, outcomes, events };
}

const question: Message[] = [{ role: "user", content: "Hi" }];

/** Asks in both ways, and returns what core gets: the text, or the error. */
const asks = {
  chat: async (provider: Provider, messages = question): Promise<unknown> =>
    (await provider.chat({ model: "asked", messages })).content,
  stream: async (provider: Provider, messages = question): Promise<unknown> => {
    let text = "";
    for await (const chunk of provider.stream?.({ model: "asked", messages }) ?? [])
      text += chunk.content;
    return text;
  },
};
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => new Error(`Resolved to ${String(value)}.`),
    (error: unknown) => error,
  );

const fine: Chunk[] = [{ content: "Fine." }];
const withStatus = (status: number): Error => Object.assign(new Error("no"), { status });
const busy = withStatus(503);

describe.each(["chat", "stream"] as const)("%s", (way) => {
  const ask = asks[way];

  it("asks the next models in order, each with a row, and reports which one answers", async () => {
    const one = provide("one", [busy]);
    const two = provide("two", [withStatus(404)], fine);
    const { observer, outcomes, events } = observe();
    const chain = instrumentProvider(one.provider, observer, [
      { model: "second", provider: one.provider },
      { model: "third", provider: two.provider },
      { model: "fourth", provider: two.provider },
    ]);
    expect(await ask(chain)).toBe("Fine.");
    expect(outcomes.map((row) => [row.provider, row.model, row.statusCode, row.errorCode])).toEqual(
      [
        ["one", "asked", 503, "OVERLOADED"],
        ["one", "second", 503, "OVERLOADED"],
        ["two", "third", 404, "MODEL_NOT_FOUND"],
        ["two", "fourth", 200, null],
      ],
    );
    expect(events.filter((event) => typeof event === "object")).toEqual([
      { model: "second", provider: "one" },
      { model: "third", provider: "two" },
      { model: "fourth", provider: "two" },
    ]);
    expect(events.filter((event) => event === "call")).toHaveLength(4);
  });

  it("asks nobody whom the observer does not admit", async () => {
    const one = provide("one", [busy]);
    const two = provide("two", fine);
    const refusal = new Error("The budget is used up.");
    const { observer } = observe({ admit: () => Promise.reject(refusal) });
    const fallback = [{ model: "second", provider: two.provider }];
    expect(await failure(ask(instrumentProvider(one.provider, observer, fallback)))).toBe(refusal);
    const calls: ChatRequest[] = [];
    const once = observe({
      admit: (request) => (calls.push(request) > 1 ? Promise.reject(refusal) : Promise.resolve()),
    });
    const chain = instrumentProvider(one.provider, once.observer, fallback);
    expect(await failure(ask(chain))).toBe(refusal);
    expect([one.requests.length, two.requests.length]).toEqual([1, 0]);
  });

  it("throws the first model's error when none answers", async () => {
    const first = new RateLimitError("slow down", {});
    const one = provide("one", [first]);
    const two = provide("two", [busy]);
    const { observer } = observe();
    const chain = instrumentProvider(one.provider, observer, [
      { model: "second", provider: two.provider },
    ]);
    expect(await failure(ask(chain))).toBe(first);
    expect(two.requests).toHaveLength(1);
  });

  it("starts each call of the answer with the first model", async () => {
    const one = provide("one", [busy], fine);
    const two = provide("two", fine);
    const { observer, outcomes, events } = observe();
    const fallback = [{ model: "second", provider: two.provider }];
    const chain = instrumentProvider(one.provider, observer, fallback);
    await ask(chain);
    await ask(chain);
    await ask(chain);
    expect(outcomes.map((row) => row.model)).toEqual(["asked", "second", "asked", "asked"]);
    const models = events.filter((event) => typeof event === "object");
    expect(models).toEqual([{ model: "second", provider: "two" }, null]);
  });

  const errors: readonly (readonly [AnswerErrorCode, Error, isAskedElsewhere: boolean])[] = [
    ["BAD_REQUEST", withStatus(400), false],
    ["UNAUTHORIZED", withStatus(401), false],
    ["PAYMENT_REQUIRED", withStatus(402), false],
    ["MODEL_NOT_FOUND", withStatus(404), true],
    [
      "CONTEXT_TOO_LONG",
      Object.assign(withStatus(400), { name: "ContextWindowExceededError" }),
      true,
    ],
    ["RATE_LIMITED", withStatus(429), true],
    ["PROVIDER_ERROR", withStatus(500), true],
    ["OVERLOADED", withStatus(529), true],
    ["TIMEOUT", new Error("Request timeout after 5ms"), true],
    ["CONNECTION_LOST", new TypeError("fetch failed"), true],
    ["STREAM_INCOMPLETE", new ChatError("STREAM_INCOMPLETE", ""), true],
    ["STREAM_STALLED", new ChatError("STREAM_STALLED", ""), true],
    ["BAD_RESPONSE", new ChatError("BAD_RESPONSE", ""), true],
    ["CONTENT_FILTERED", new ChatError("CONTENT_FILTERED", ""), false],
    ["CONFIGURATION", new ChatError("CONFIGURATION", ""), false],
    ["ABORTED", new DOMException("", "AbortError"), false],
    ["INTERNAL", new Error("no"), true],
  ];
  it.each(errors)("after %s", async (errorCode, error, isAskedElsewhere) => {
    const one = provide("one", [error]);
    const two = provide("two", fine);
    const { observer, outcomes } = observe();
    const fallback = [{ model: "second", provider: two.provider }];
    const answer = ask(instrumentProvider(one.provider, observer, fallback));
    if (isAskedElsewhere) expect(await answer).toBe("Fine.");
    else expect(await failure(answer)).toBe(error);
    expect(outcomes[0]).toMatchObject({ errorCode });
    expect(two.requests).toHaveLength(isAskedElsewhere ? 1 : 0);
  });

  it("asks the next model when the first one says nothing", async () => {
    const one = provide("one", []);
    const two = provide("two", fine);
    const { observer, outcomes } = observe();
    const fallback = [{ model: "second", provider: two.provider }];
    expect(await ask(instrumentProvider(one.provider, observer, fallback))).toBe("Fine.");
    expect(outcomes[0]).toMatchObject({ errorCode: "EMPTY_ANSWER" });
  });

  it("asks nobody after an abort", async () => {
    const abort = new AbortController();
    const one = provide("one", [busy]);
    const two = provide("two", fine);
    const { observer } = observe({
      signal: abort.signal,
      onRequest: () => Promise.resolve(abort.abort(new Error("stopped"))),
    });
    const fallback = [{ model: "second", provider: two.provider }];
    await failure(ask(instrumentProvider(one.provider, observer, fallback)));
    expect(two.requests).toEqual([]);
  });

  it("asks nobody when it was the database that failed", async () => {
    const broken = new Error("The disk is full.");
    const one = provide("one", fine);
    const two = provide("two", fine);
    const { observer } = observe({ onRequest: () => Promise.reject(broken) });
    const fallback = [{ model: "second", provider: two.provider }];
    expect(await failure(ask(instrumentProvider(one.provider, observer, fallback)))).toBe(broken);
    expect(two.requests).toEqual([]);
  });
});

it.each<[string, Chunk]>([
  ["text", { content: "Half" }],
  ["thinking", { content: "", thinking: { text: "Hm." } }],
  ["reasoning", { content: "", reasoning: "Hm." }],
  ["blank text", { content: "\n" }],
])("asks nobody after a first token: %s", async (_kind, token) => {
  const one = provide("one", [token, busy]);
  const two = provide("two", fine);
  const { observer } = observe();
  const fallback = [{ model: "second", provider: two.provider }];
  expect(await failure(asks.stream(instrumentProvider(one.provider, observer, fallback)))).toBe(
    busy,
  );
  expect(two.requests).toEqual([]);
});

it("throws the error of a fallback that has begun to answer", async () => {
  const one = provide("one", [new RateLimitError("slow down", {})]);
  const two = provide("two", [{ content: "Half" }, busy]);
  const { observer, events } = observe();
  const fallback = [{ model: "second", provider: two.provider }];
  expect(await failure(asks.stream(instrumentProvider(one.provider, observer, fallback)))).toBe(
    busy,
  );
  expect(events.at(-1)).toBe("Half");
});

describe("what a provider wants back", () => {
  const block = { type: "thinking", thinking: "Hm.", signature: "sig" } as const;
  const toolCall = (id: string): ToolCall => ({
    id,
    type: "function",
    function: { name: "look", arguments: "{}" },
  });
  const made = (call: ToolCall): Message[] => [
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: call.id, content: "seen" },
  ];

  async function ask(first: string, second: string, messages: readonly Message[]) {
    const one = provide(first, [busy]);
    const two = provide(second, fine);
    const { observer } = observe();
    const fallback = [{ model: "second", provider: two.provider }];
    const chain = instrumentProvider(one.provider, observer, fallback);
    const request = { model: "asked", messages: [...messages], thinking: { budget: 2000 } };
    for await (const _chunk of chain.stream?.(request) ?? []);
    return { first: one.requests[0], second: two.requests[0] };
  }

  it("goes to no other provider, and stays for its own", async () => {
    const answer = carry({ role: "assistant" as const, content: "Yes." }, { thinking: [block] });
    const call = carry(toolCall("c1"), { message: { reasoning_details: [1] }, thinking: [block] });
    const { first, second } = await ask("Anthropic", "OpenAI", [
      ...question,
      answer,
      ...question,
      ...made(call),
    ]);
    const carried = (request: ChatRequest | undefined) =>
      request?.messages.filter(({ role }) => role === "assistant").map(carriedByMessage);
    expect(carried(first)).toEqual([{ thinking: [block] }, carriedBy(call)]);
    expect(carried(second)).toEqual([{}, {}]);
    expect(second?.thinking).toEqual({ budget: 2000 });
  });

  it("stays for another model of the same provider", async () => {
    const call = carry(toolCall("c1"), { thinking: [block] });
    const { second } = await ask("Anthropic", "Anthropic", [...question, ...made(call)]);
    expect(carriedByMessage(second?.messages[1] ?? { role: "user", content: "" })).toEqual({
      thinking: [block],
    });
    expect(second?.thinking).toEqual({ budget: 2000 });
  });

  it("is not asked of Anthropic for calls that another provider made in this turn", async () => {
    const messages = [...question, ...made(toolCall("c1"))];
    const { first, second } = await ask("OpenAI", "Anthropic", messages);
    expect(first?.thinking).toEqual({ budget: 2000 });
    expect(second).not.toHaveProperty("thinking");
    const earlier = await ask("OpenAI", "Anthropic", [...messages, ...question]);
    expect(earlier.second?.thinking).toEqual({ budget: 2000 });
  });

  it("is replaced for Gemini, which checks each first call of this turn", async () => {
    const { second } = await ask("Anthropic", "Gemini", [
      ...question,
      ...made(carry(toolCall("c1"), { thinking: [block], signature: "sig" })),
      ...question,
      ...made(toolCall("c2")),
    ]);
    const signatures = second?.messages.flatMap(({ tool_calls: calls = [] }) =>
      calls.map((call) => carriedBy(call).signature),
    );
    expect(signatures).toEqual([undefined, "skip_thought_signature_validator"]);
  });

  it("is told apart within an answer that several providers give", async () => {
    const call: Chunk = {
      content: "",
      tool_calls: [carry(toolCall("c1"), { thinking: [block], signature: "theirs" })],
    };
    const one = provide("OpenAI", [busy], fine);
    const two = provide("Gemini", [call]);
    const { observer } = observe();
    const fallback = [{ model: "second", provider: two.provider }];
    const chain = instrumentProvider(one.provider, observer, fallback);
    const calls: ToolCall[] = [];
    for await (const chunk of chain.stream?.({ model: "asked", messages: question }) ?? [])
      calls.push(...(chunk.tool_calls ?? []));
    expect(carriedBy(calls[0])).toMatchObject({ signature: "theirs" });
    await asks.stream(chain, [...question, ...calls.flatMap(made)]);
    expect(carriedBy(one.requests[1]?.messages[1]?.tool_calls?.[0])).toEqual({});
  });
});
