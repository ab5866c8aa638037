import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";

import { resolveLLM } from "./resolve-llm.ts";

afterEach(() => vi.unstubAllEnvs());

const bare = () => createLLM({ openaiApiKey: "sk-test", anthropicApiKey: "sk-test" });

it("keeps the provider of an LLM that has one", () => {
  const llm = createLLM({ provider: "openai", openaiApiKey: "sk-test" });
  expect(resolveLLM(llm, "claude-3-7-sonnet")).toBe(llm);
});

it("takes the provider from NODELLM_PROVIDER, or else from the model", () => {
  vi.stubEnv("NODELLM_PROVIDER", "");
  expect(resolveLLM(bare(), "claude-3-7-sonnet").provider?.id).toBe("Anthropic");
  vi.stubEnv("NODELLM_PROVIDER", "openai");
  expect(resolveLLM(bare(), "claude-3-7-sonnet").provider?.id).toBe("OpenAI");
});

it.each([null, "my-own-model"])("refuses the model %s when no provider is named", (model) => {
  vi.stubEnv("NODELLM_PROVIDER", "");
  expect(() => resolveLLM(bare(), model)).toThrow(
    expect.objectContaining({ code: "CONFIGURATION" }),
  );
});
