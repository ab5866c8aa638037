import { PricingRegistry, resolveModelAlias } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import {
  fileTokens,
  priceOf,
  questionTokens,
  requestTokens,
  textTokens,
} from "./estimate-tokens.ts";

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
  expect(questionTokens("What?", [{ mediaType: "image/png", size: 1 }])).toBe(1_502);
  expect(questionTokens("What?", [])).toBe(2);
});

it("estimates the tokens of a file from its size", () => {
  expect(fileTokens({ mediaType: "text/csv", size: 401 })).toBe(101);
  expect(fileTokens({ mediaType: "application/json", size: 401 })).toBe(101);
  expect(fileTokens({ mediaType: "image/png", size: 4_000_000 })).toBe(1_500);
  expect(fileTokens({ mediaType: "application/pdf", size: 100_001 })).toBe(4_500);
});

it("counts the files of a question, and those of a request in its parts", () => {
  const size = 120_000;
  const url = `data:application/pdf;base64,${Buffer.alloc(size).toString("base64")}`;
  expect(questionTokens("Read!", [{ mediaType: "application/pdf", size }])).toBe(2 + 4_500);
  const text = { type: "text", text: "Read!" } as const;
  const pdf = { type: "image_url", image_url: { url } } as const;
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } } as const;
  const messages = [{ role: "user" as const, content: [text, pdf, image] }];
  expect(requestTokens({ messages })).toBe(2 + 4_500 + 1_500);
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
