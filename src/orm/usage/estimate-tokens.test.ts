import { PricingRegistry, resolveModelAlias } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import { priceOf, questionTokens, requestTokens, textTokens } from "./estimate-tokens.ts";

it("counts a token for four characters, rounded up", () => {
  expect([0, 1, 4, 5].map(textTokens)).toEqual([0, 1, 1, 2]);
});

it("counts the messages, tool calls, tools and images of a request", () => {
  const call = {
    id: "1",
    type: "function" as const,
    function: { name: "look", arguments: "{}  " },
  };
  expect(
    requestTokens({
      messages: [
        { role: "system", content: "x".repeat(8) },
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", content: "seen", tool_call_id: "1" },
      ],
    }),
  ).toBe(5);
  const parts = [
    { type: "text" as const, text: "What?" },
    { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==" } },
  ];
  expect(questionTokens("What?", parts)).toBe(1_502);
  expect(questionTokens("What?", null)).toBe(2);
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
