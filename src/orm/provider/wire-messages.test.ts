import type { Message } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { carriedThinking, carryThinking } from "./thinking-blocks.ts";
import { objectJson, toWireMessages } from "./wire-messages.ts";

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
  it("keeps ids that are valid and used once", () => {
    const messages = toWireMessages([...round("call_1"), ...round("toolu_2")], "OpenAI");
    expect(idsOf(messages)).toEqual(["call_1", "call_1", "toolu_2", "toolu_2"]);
  });

  it("gives a repeated or malformed id another one, and its result the same", () => {
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

  it("gives Gemini the name of the function, which core sends in the place of the id", () => {
    expect(toWireMessages(round("call_1"), "Gemini")[1]).toMatchObject({
      tool_call_id: "get_time",
    });
  });

  it("makes one system message of several, with each text once", () => {
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

  it("shows an error to providers that ask for it, and sends it to no other", () => {
    const [message] = toWireMessages([{ role: "tool", content: "no", isError: true }], "OpenAI");
    expect(message?.isError).toBe(true);
    expect(JSON.stringify(message)).toBe('{"role":"tool","content":"no"}');
  });

  it("begins with the user for Anthropic", () => {
    const greeting: Message[] = [
      { role: "system", content: "Be kind." },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "Hi" },
    ];
    expect(toWireMessages(greeting, "OpenAI")).toEqual(greeting);
    expect(toWireMessages(greeting, "Anthropic").map((message) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
  });

  it("keeps thinking with a message that a hook has copied, and out of JSON", () => {
    const block = { type: "thinking", thinking: "Hm.", signature: "sig" } as const;
    const message = carryThinking({ role: "assistant", content: "Yes." }, [block]);
    const [wire] = toWireMessages([{ ...message, content: "No." }], "OpenAI");
    expect(wire === undefined ? [] : carriedThinking(wire)).toEqual([block]);
    expect(JSON.stringify(wire)).toBe('{"role":"assistant","content":"No."}');
  });
});

it("objectJson keeps an object and makes anything else one", () => {
  expect(['{"a":1}', "[1]", "null", "{", ""].map(objectJson)).toEqual([
    '{"a":1}',
    "{}",
    "{}",
    "{}",
    "{}",
  ]);
});
