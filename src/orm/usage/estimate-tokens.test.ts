import { PricingRegistry, resolveModelAlias } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import {
  fileTokens,
  priceOf,
  promptTokens,
  questionTokens,
  requestTokens,
  toolsTokens,
  windowOf,
} from "./estimate-tokens.ts";

const call = {
  id: "1",
  type: "function" as const,
  function: { name: "look", arguments: '{"at":"sea"}' },
};
const tool = {
  type: "function" as const,
  function: { name: "look", description: "Looks", parameters: { type: "object" } },
  handler: () => Promise.resolve(""),
};
const question = { role: "user" as const, content: "What is on it?" };

it("counts everything that a request has", () => {
  const bare = requestTokens({ messages: [question] });
  expect(bare).toBeGreaterThan(5);
  const url = (type: string, size: number) =>
    `data:${type};base64,${Buffer.alloc(size).toString("base64")}`;
  const image = { type: "image_url", image_url: { url: url("image/png", 9) } } as const;
  const pdf = { type: "image_url", image_url: { url: url("application/pdf", 120_000) } } as const;
  const text = { type: "text", text: "What is on it?" } as const;
  const schema = { type: "json_schema", json_schema: { name: "output", schema: {} } } as const;
  const more = [
    { messages: [{ role: "system" as const, content: "Be brief." }, question] },
    { messages: [question, { role: "assistant" as const, content: null, tool_calls: [call] }] },
    { messages: [question, { role: "tool" as const, content: "seen", tool_call_id: "1" }] },
    { messages: [question], tools: [tool] },
    { messages: [question], response_format: schema },
  ];
  for (const request of more) expect(requestTokens(request)).toBeGreaterThan(bare + 5);
  // With what Anthropic tells its models about tools.
  expect(requestTokens({ messages: [question], tools: [tool] })).toBeGreaterThan(bare + 530);
  const files = requestTokens({ messages: [{ ...question, content: [text, image, pdf] }] });
  expect(files - bare - 5_000 - 55_200).toBeGreaterThanOrEqual(0);
  expect(files - bare - 5_000 - 55_200).toBeLessThan(50);
});

it("counts a question like the message that it becomes", () => {
  expect(questionTokens("What is on it?", [])).toBe(requestTokens({ messages: [question] }));
  expect(questionTokens("", [{ mediaType: "image/png", size: 1 }])).toBe(5_005);
  expect(promptTokens([])).toBe(0);
  expect(promptTokens(["What is on it?"])).toBe(requestTokens({ messages: [question] }));
  expect(toolsTokens([])).toBe(0);
});

it("estimates the tokens of a file from its size", () => {
  expect(fileTokens({ mediaType: "text/csv", size: 400 })).toBe(300);
  expect(fileTokens({ mediaType: "application/json", size: 401 })).toBe(301);
  expect(fileTokens({ mediaType: "image/png", size: 4_000_000 })).toBe(5_000);
  expect(fileTokens({ mediaType: "application/pdf", size: 1 })).toBe(4_600);
  expect(fileTokens({ mediaType: "application/pdf", size: 100_001 })).toBe(46_001);
});

it("knows how much a model reads at most", () => {
  expect(windowOf("gpt-4o", "openai")).toBe(128_000);
  expect(windowOf("unknown", "p")).toBe(10_000_000);
});

describe("priceOf", () => {
  const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
  const register = (provider: string, model: string, standard: object): void =>
    PricingRegistry.register(provider, model, { text_tokens: { standard } });
  afterEach(() => PricingRegistry.reset());

  it("prices tokens", () => {
    register("p", "priced", { input_per_million: 1, output_per_million: 2 });
    register("p", "free", { input_per_million: 0, output_per_million: 0 });
    expect(priceOf({ ...million, outputTokens: 500_000 }, "priced", "p")).toBe(2);
    expect(priceOf(million, "free", "p")).toBe(0);
  });

  it("prices an alias like its model", () => {
    const model = resolveModelAlias("claude-4-1-opus", "bedrock");
    expect(model).not.toBe("claude-4-1-opus");
    register("bedrock", model, { input_per_million: 1, output_per_million: 2 });
    expect(priceOf(million, "claude-4-1-opus", "bedrock")).toBe(3);
  });

  it("does not take a price that is missing for 0", () => {
    register("p", "half", { input_per_million: 1 });
    register("p", "nothing", {});
    PricingRegistry.register("p", "images", { images: { standard: { input: 1 } } });
    for (const model of ["unknown", "half", "nothing", "images"])
      expect(priceOf(million, model, "p"), model).toBeNull();
    // In core's registry, with an empty price.
    expect(priceOf(million, "gpt-oss-120b", "openai")).toBeNull();
  });
});
