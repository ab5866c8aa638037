import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { checkFallback, resolveFallback, resolveLLM } from "./resolve-llm.ts";

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

describe("resolveFallback", () => {
  const keys = {
    openaiApiKey: "sk-test",
    anthropicApiKey: "sk-test",
    geminiApiKey: " ",
    bedrockApiKey: "key",
  };
  const openai = (): NodeLLMCore => createLLM({ provider: "openai", ...keys });
  const providersOf = (llm: NodeLLMCore, fallback: readonly string[], model = "gpt-4o") =>
    resolveFallback(llm, { llm: resolveLLM(llm, model, fallback), model }, fallback).map(
      (one) => [one.model, one.provider.id] as const,
    );

  it("asks each model at the provider that it belongs to, if that has a key", () => {
    const models = ["gpt-4o-mini", "claude-3-7-sonnet", "gemini-2.5-pro", "us.meta.llama", "mine"];
    const expected = ["OpenAI", "Anthropic", "OpenAI", "bedrock", "OpenAI"];
    expect(providersOf(openai(), models).map(([, provider]) => provider)).toEqual(expected);
  });

  it("leaves out the model that is asked anyway", () => {
    expect(providersOf(openai(), ["gpt-4o", "gpt-4o-mini"])).toEqual([["gpt-4o-mini", "OpenAI"]]);
  });

  it("starts at the provider of an answer that another one has begun", () => {
    const fallback = ["claude-3-7-sonnet", "mine"];
    expect(resolveLLM(openai(), "claude-3-7-sonnet", fallback).provider?.id).toBe("Anthropic");
    expect(resolveLLM(openai(), "claude-3-7-sonnet").provider?.id).toBe("OpenAI");
    expect(providersOf(openai(), fallback, "claude-3-7-sonnet")).toEqual([["mine", "OpenAI"]]);
  });

  it("infers the providers of an LLM without one", () => {
    vi.stubEnv("NODELLM_PROVIDER", "");
    const fallback = ["claude-3-7-sonnet", "gpt-4o-mini", "mine"];
    expect(providersOf(createLLM(keys), fallback)).toEqual([
      ["claude-3-7-sonnet", "Anthropic"],
      ["gpt-4o-mini", "OpenAI"],
      ["mine", "OpenAI"],
    ]);
  });

  it("asks an app's own provider for every model", () => {
    const own = createLLM({ ...keys, provider: createScriptedProvider("Hi", { id: "own" }) });
    expect(providersOf(own, ["claude-3-7-sonnet"])).toEqual([["claude-3-7-sonnet", "own"]]);
  });

  it("sets the base URL that core ignores", () => {
    const llm = createLLM({
      provider: "openai",
      ...keys,
      anthropicApiBase: "http://localhost/v1/",
    });
    const [found] = resolveFallback(llm, { llm, model: "gpt-4o" }, ["claude-3-7-sonnet"]);
    expect(found?.provider).toMatchObject({ baseUrl: "http://localhost/v1" });
  });

  it.each([["gpt-4o"], [null], [{}], [[""]], [[1]], [["gpt-4o", " "]]])(
    "refuses %j",
    (fallback) => {
      expect(() => checkFallback(fallback)).toThrow(
        expect.objectContaining({
          code: "CONFIGURATION",
          message: expect.stringContaining("list"),
        }),
      );
    },
  );
});
