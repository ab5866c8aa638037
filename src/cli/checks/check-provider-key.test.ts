import { expect, it } from "vitest";

import { checkProviderKey } from "./check-provider-key.ts";

it.each([
  [{}, "problem", "not set"],
  [{ OPENAI_API_KEY: " " }, "problem", "not set"],
  [{ OPENAI_API_KEY: "k" }, "ok", "OPENAI_API_KEY is set"],
  [{ OPENAI_API_KEY: "k", XAI_API_KEY: "k" }, "ok", "OPENAI_API_KEY, XAI_API_KEY are set"],
  [
    { NODELLM_PROVIDER: "anthropic", OPENAI_API_KEY: "k" },
    "problem",
    "NODELLM_PROVIDER is anthropic, but ANTHROPIC_API_KEY is not set",
  ],
  [{ NODELLM_PROVIDER: "openai", OPENAI_API_KEY: "k" }, "ok", "and OPENAI_API_KEY is set"],
  [{ NODELLM_PROVIDER: "ollama" }, "ok", "which needs no key"],
  [{ NODELLM_PROVIDER: "mine" }, "note", 'NODELLM_PROVIDER is "mine"'],
])("checks %j", (env, status, message) => {
  const finding = checkProviderKey(env);
  expect(finding.status).toBe(status);
  expect(finding.text).toContain(message);
});
