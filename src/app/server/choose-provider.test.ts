import { describe, expect, it } from "vitest";
import { chooseProvider } from "./choose-provider.ts";

describe("chooseProvider", () => {
  it("uses the offline model when nothing is set", () => {
    expect(chooseProvider({})).toEqual({ provider: "offline", models: ["offline"] });
    expect(chooseProvider({ OPENAI_API_KEY: " " }).provider).toBe("offline");
  });

  it("uses the provider whose key is set, with its default model", () => {
    expect(chooseProvider({ ANTHROPIC_API_KEY: "k" }).provider).toBe("anthropic");
    expect(chooseProvider({ OPENAI_API_KEY: "k" }).models).toEqual(["gpt-4o-mini"]);
    expect(chooseProvider({ OLLAMA_API_BASE: "http://localhost:11434/v1" }).provider).toBe(
      "ollama",
    );
  });

  it("prefers NODELLM_PROVIDER and NODELLM_MODEL", () => {
    const environment = {
      OPENAI_API_KEY: "k",
      GEMINI_API_KEY: "k",
      NODELLM_PROVIDER: "Gemini",
      NODELLM_MODEL: "gemini-2.5-pro, gemini-2.5-flash",
    };
    expect(chooseProvider(environment)).toEqual({
      provider: "gemini",
      models: ["gemini-2.5-pro", "gemini-2.5-flash"],
    });
    expect(chooseProvider({ OPENAI_API_KEY: "k", NODELLM_PROVIDER: "offline" }).provider).toBe(
      "offline",
    );
    expect(chooseProvider({ NODELLM_PROVIDER: "ollama" }).provider).toBe("ollama");
  });

  it("names the missing or invalid variable", () => {
    expect(() => chooseProvider({ NODELLM_PROVIDER: "openai" })).toThrow(
      "OPENAI_API_KEY is not set",
    );
    expect(() => chooseProvider({ NODELLM_PROVIDER: "acme" })).toThrow(
      'NODELLM_PROVIDER is "acme"',
    );
  });
});
