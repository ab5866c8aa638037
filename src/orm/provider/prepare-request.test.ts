import type { Message } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { carriedByMessage, carry } from "./wire/carried.ts";
import { objectJson, toWireMessages as convert } from "./prepare-request.ts";
import { providerFacts } from "./provider-facts.ts";

const toWireMessages = (messages: readonly Message[], provider: string): Message[] =>
  convert(messages, providerFacts(provider));

function round(id: string, name = "get_time"): Message[] {
  return [
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name, arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "12:00" },
  ];
}

function idsOf(messages: readonly Message[]): unknown[] {
  return messages.flatMap((message) => [
    ...(message.tool_calls ?? []).map((call) => call.id),
    ...(message.role === "tool" ? [message.tool_call_id] : []),
  ]);
}

describe("toWireMessages", () => {
  it("keeps ids that are valid and unique", () => {
    const messages = toWireMessages([...round("call_1"), ...round("toolu_2")], "OpenAI");
    expect(idsOf(messages)).toEqual(["call_1", "call_1", "toolu_2", "toolu_2"]);
  });

  it("replaces a repeated or malformed id in the call and in its result", () => {
    const history = [...round("get.time"), ...round("call_0"), ...round("call_0")];
    const ids = idsOf(toWireMessages(history, "Anthropic"));
    expect(ids[0]).toMatch(/^call_[0-9a-f]{24}$/);
    expect(ids[4]).toMatch(/^call_[0-9a-f]{24}$/);
    expect(ids).toEqual([ids[0], ids[0], "call_0", "call_0", ids[4], ids[4]]);
    expect(idsOf(toWireMessages(history, "Anthropic"))).toEqual(ids);
  });

  it("gives Mistral ids of nine letters and digits", () => {
    const ids = idsOf(toWireMessages(round("call_1"), "Mistral"));
    expect(ids[0]).toMatch(/^[0-9a-f]{9}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it("gives Gemini the name of the function, which core sends instead of the id", () => {
    expect(toWireMessages(round("call_1"), "Gemini").at(-1)).toMatchObject({
      tool_call_id: "get_time",
    });
  });

  it("joins several system messages to one, without repeating a text", () => {
    expect(
      toWireMessages(
        [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Hi" },
          { role: "system", content: "Be kind." },
          { role: "system", content: "Be brief." },
        ],
        "OpenAI",
      ),
    ).toEqual([
      { role: "system", content: "Be brief.\n\nBe kind." },
      { role: "user", content: "Hi" },
    ]);
  });

  it("shows an error to providers that read it, but does not send it", () => {
    const [message] = toWireMessages([{ role: "tool", content: "no", isError: true }], "OpenAI");
    expect(message?.isError).toBe(true);
    expect(JSON.stringify(message)).toBe('{"role":"tool","content":"no"}');
  });

  it.each(["Anthropic", "Gemini", "Bedrock"])("starts with a user message for %s", (provider) => {
    const greeting: Message[] = [
      { role: "system", content: "Be kind." },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "Hi" },
    ];
    expect(toWireMessages(greeting, "OpenAI")).toEqual(greeting);
    expect(toWireMessages(greeting, provider).map((message) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
  });

  it("keeps thinking on a message that a hook has copied, but not in its JSON", () => {
    const block = { type: "thinking", thinking: "Hm.", signature: "sig" } as const;
    const message = carry({ role: "assistant", content: "Yes." }, { thinking: [block] });
    const [wire] = toWireMessages([{ ...message, content: "No." }], "OpenAI");
    expect(wire === undefined ? null : carriedByMessage(wire)).toEqual({ thinking: [block] });
    expect(JSON.stringify(wire)).toBe('{"role":"assistant","content":"No."}');
  });
});

it("objectJson keeps an object and replaces anything else by an empty one", () => {
  expect(['{"a":1}', "[1]", "null", "{", ""].map(objectJson)).toEqual([
    '{"a":1}',
    "{}",
    "{}",
    "{}",
    "{}",
  ]);
});

describe("the order of messages", () => {
  const afterFailure: Message[] = [
    { role: "user", content: "One?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "abcdefghi", type: "function", function: { name: "look", arguments: "{}" } },
      ],
    },
    { role: "tool", tool_call_id: "abcdefghi", content: "Seen." },
    { role: "user", content: "Two?" },
    { role: "user", content: [{ type: "text", text: "Three?" }] },
  ];

  it.each([
    ["OpenAI", ["user", "assistant", "tool", "user", "user"]],
    ["Mistral", ["user", "assistant", "tool", "assistant", "user", "user"]],
    ["Bedrock", ["user", "assistant", "tool", "assistant", "user"]],
    ["Gemini", ["user", "assistant", "tool", "user"]],
  ])("after an answer that failed is one that %s accepts", (provider, roles) => {
    const wire = toWireMessages(afterFailure, provider);
    expect(wire.map(({ role }) => role)).toEqual(roles);
    expect(JSON.stringify(wire)).toMatch(/Two\?.*Three\?/);
  });

  it("joins two answers in a row where turns are wanted, and keeps the calls of the second", () => {
    const [user, answer, ...rest] = toWireMessages(
      [
        { role: "user", content: "One?" },
        { role: "assistant", content: "One." },
        { role: "assistant", content: null },
        ...round("call_1"),
      ],
      "Bedrock",
    );
    expect(user).toEqual({ role: "user", content: "One?" });
    expect(answer).toMatchObject({ role: "assistant", content: "One.", tool_calls: [{}] });
    expect(rest).toMatchObject([{ role: "tool" }]);
  });

  it.each([
    ["OpenAI", " "],
    ["xAI", "(No result.)"],
    ["Bedrock", "(No result.)"],
  ])("gives %s the blank result of a tool as %j", (provider, content) => {
    const [call = { role: "user", content: "" }] = round("call_1");
    const blank: Message = { role: "tool", tool_call_id: "call_1", content: " " };
    const messages: Message[] = [{ role: "user", content: "Hi" }, call, blank];
    expect(toWireMessages(messages, provider).at(-1)).toMatchObject({ role: "tool", content });
  });
});
