import { expect, it } from "vitest";

import { providerFacts, providerOfModel } from "./provider-facts.ts";

it.each([
  ["gpt-4o", "openai"],
  ["o3", "openai"],
  ["claude-3-7-sonnet", "anthropic"],
  ["gemini-2.5-pro", "gemini"],
  ["anthropic.claude-3-5-sonnet-v2:0", "bedrock"],
  ["mistralai/mistral-7b", "openrouter"],
  ["llama3", null],
])("knows from the name of %s that it belongs to %s", (model, provider) => {
  expect(providerOfModel(model)).toBe(provider);
});

it("finds a provider whatever the case of its id, and has defaults for others", () => {
  expect(providerFacts("Anthropic")).toMatchObject({ dialect: "anthropic" });
  expect(providerFacts("constructor")).toEqual(providerFacts("my-own"));
});
