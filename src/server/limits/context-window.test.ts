import { ModelRegistry } from "@node-llm/core";
import { expect, it } from "vitest";

import { contextWithinWindow } from "./context-window.ts";

const [known] = ModelRegistry.all();
if (known === undefined) throw new Error("NodeLLM knows no models.");
ModelRegistry.save({ ...known, id: "small", provider: "p", context_window: 10_000 });

const read = (
  instructions: readonly string[],
  {
    context,
    ...options
  }: Partial<Parameters<typeof contextWithinWindow>[1]> & {
    context?: Parameters<typeof contextWithinWindow>[0];
  } = {},
) =>
  contextWithinWindow(context, {
    model: "small",
    provider: "p",
    maxOutputTokens: 2_000,
    instructions,
    ...options,
  });

it("is the window without the answer and the prompt, a tenth of which stays free", () => {
  expect(read([])).toEqual({ maxTokens: 7_200 });
  expect(read(["i".repeat(4_000), "j".repeat(400)])).toEqual({ maxTokens: 6_100 });
});

it("leaves half of the window for an answer of any length, and is never negative", () => {
  expect(read([], { maxOutputTokens: 64_000 })).toEqual({ maxTokens: 4_500 });
  expect(read(["i".repeat(40_000)])).toEqual({ maxTokens: 0 });
});

it("is that of 128,000 tokens for a model that nobody knows", () => {
  expect(read([], { model: "unknown", maxOutputTokens: 28_000 })).toEqual({ maxTokens: 90_000 });
});

it("is what the app says, whatever the window is", () => {
  expect(read(["i"], { context: { maxTokens: 5, maxMessages: 3 } })).toEqual({
    maxTokens: 5,
    maxMessages: 3,
  });
  expect(read(["i"], { context: { maxTokens: "unlimited" } })).toEqual({ maxTokens: Infinity });
});
