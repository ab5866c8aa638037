import type { Environment } from "../project/cli-io.ts";
import { readVariable } from "../project/read-environment.ts";
import type { Finding } from "./finding.ts";

/** The providers of @node-llm/core, each with the variable that core reads its API key from. */
const keys: Readonly<Record<string, string | null>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  gemini: "GEMINI_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  mistral: "MISTRAL_API_KEY",
  xai: "XAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  bedrock: "AWS_ACCESS_KEY_ID",
  ollama: null,
};

/** Checks that a provider's API key is set. Findings name the variables and never show a key. */
export function checkProviderKey(env: Environment): Finding {
  const set = Object.values(keys).filter((key) => key !== null && readVariable(env, key) !== null);
  const provider = readVariable(env, "NODELLM_PROVIDER")?.toLowerCase();
  if (provider === undefined) {
    if (set.length > 0) {
      const verb = set.length === 1 ? "is" : "are";
      return { status: "ok", text: `Provider key: ${set.join(", ")} ${verb} set` };
    }
    return {
      status: "problem",
      text: "Provider key: not set",
      todo: "Set a provider's API key in .env, for example OPENAI_API_KEY or ANTHROPIC_API_KEY. For a local model, set NODELLM_PROVIDER=ollama.",
    };
  }
  const key = keys[provider];
  if (key === undefined) {
    return {
      status: "note",
      text: `Provider key: NODELLM_PROVIDER is "${provider}", which is not a provider of @node-llm/core (${Object.keys(keys).join(", ")})`,
    };
  }
  if (key === null || set.includes(key)) {
    return {
      status: "ok",
      text: `Provider key: NODELLM_PROVIDER is ${provider}, ${key === null ? "which needs no key" : `and ${key} is set`}`,
    };
  }
  return {
    status: "problem",
    text: `Provider key: NODELLM_PROVIDER is ${provider}, but ${key} is not set`,
    todo: `Set ${key} in .env, or change NODELLM_PROVIDER.`,
  };
}
