import type { Finding } from "./finding.ts";
import { readVariable } from "../project/read-environment.ts";

/** The providers of @node-llm/core and the variable that it reads their key from. */
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

/** Says which keys are set, by the names of their variables; a key itself is never part of a finding. */
export function checkProviderKey(env: Readonly<Record<string, string | undefined>>): Finding {
  const set = Object.values(keys).filter((key) => key !== null && readVariable(env, key) !== null);
  const provider = readVariable(env, "NODELLM_PROVIDER")?.toLowerCase();
  if (provider === undefined) {
    if (set.length > 0) return { status: "ok", text: `Provider key: ${set.join(", ")} is set` };
    return {
      status: "problem",
      text: "Provider key: none is set",
      todo: "Set a provider's key in .env, such as OPENAI_API_KEY or ANTHROPIC_API_KEY (or NODELLM_PROVIDER=ollama for a local model).",
    };
  }
  const key = keys[provider];
  if (key === undefined) {
    return {
      status: "note",
      text: `Provider key: NODELLM_PROVIDER is "${provider}", which is not one of core's providers (${Object.keys(keys).join(", ")})`,
    };
  }
  if (key === null || set.includes(key)) {
    return {
      status: "ok",
      text: `Provider key: NODELLM_PROVIDER is ${provider}, ${key === null ? "which needs none" : `${key} is set`}`,
    };
  }
  return {
    status: "problem",
    text: `Provider key: NODELLM_PROVIDER is ${provider}, and ${key} is not set`,
    todo: `Set ${key} in .env, or change NODELLM_PROVIDER.`,
  };
}
