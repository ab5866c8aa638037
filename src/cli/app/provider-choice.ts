import type { Environment } from "../project/cli-io.ts";
import { readVariable } from "../project/read-environment.ts";

/** A provider of NodeLLM, with the option of `createLLM` and the variable that have its key. */
export interface ProviderChoice {
  readonly name: string;
  readonly option: string;
  readonly variable: string;
  readonly model: string;
}

const openAI: ProviderChoice = {
  name: "openai",
  option: "openaiApiKey",
  variable: "OPENAI_API_KEY",
  model: "gpt-4o-mini",
};

const choices: readonly ProviderChoice[] = [
  openAI,
  {
    name: "anthropic",
    option: "anthropicApiKey",
    variable: "ANTHROPIC_API_KEY",
    model: "claude-3-7-sonnet-latest",
  },
  {
    name: "gemini",
    option: "geminiApiKey",
    variable: "GEMINI_API_KEY",
    model: "gemini-2.0-flash",
  },
  {
    name: "mistral",
    option: "mistralApiKey",
    variable: "MISTRAL_API_KEY",
    model: "mistral-small-latest",
  },
  {
    name: "openrouter",
    option: "openrouterApiKey",
    variable: "OPENROUTER_API_KEY",
    model: "openai/gpt-4o-mini",
  },
];

/** Chooses the provider whose key the app has, or OpenAI. */
export function chooseProvider(env: Environment): ProviderChoice {
  return choices.find(({ variable }) => readVariable(env, variable) !== null) ?? openAI;
}
