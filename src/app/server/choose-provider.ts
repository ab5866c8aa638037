/** The supported providers, in the order in which the demo looks for their keys. */
const providers = [
  { name: "openai", variable: "OPENAI_API_KEY", model: "gpt-4o-mini" },
  { name: "anthropic", variable: "ANTHROPIC_API_KEY", model: "claude-3-7-sonnet-latest" },
  { name: "gemini", variable: "GEMINI_API_KEY", model: "gemini-2.0-flash" },
  { name: "deepseek", variable: "DEEPSEEK_API_KEY", model: "deepseek-chat" },
  { name: "mistral", variable: "MISTRAL_API_KEY", model: "mistral-small-latest" },
  { name: "xai", variable: "XAI_API_KEY", model: "grok-2" },
  { name: "openrouter", variable: "OPENROUTER_API_KEY", model: "openai/gpt-4o-mini" },
  { name: "ollama", variable: "OLLAMA_API_BASE", model: "llama3.2" },
] as const;

export type ProviderName = (typeof providers)[number]["name"];

export interface ProviderChoice {
  readonly provider: ProviderName | "offline";
  /** The models that users can select; the first one is the default. */
  readonly models: readonly [string, ...string[]];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Chooses the provider and the models: the provider in `NODELLM_PROVIDER`, or else the first one whose
 * key is set, or else the offline model. `NODELLM_MODEL` is one model or a comma-separated list.
 *
 * @throws Error with the name of the variable when the provider is unknown or has no key
 */
export function chooseProvider(environment: Environment): ProviderChoice {
  const requested = read(environment, "NODELLM_PROVIDER")?.toLowerCase();
  if (requested === "offline") return offline;
  const chosen = providers.find((provider) =>
    requested === undefined
      ? read(environment, provider.variable) !== undefined
      : provider.name === requested,
  );
  if (chosen === undefined) {
    if (requested === undefined) return offline;
    const names = ["offline", ...providers.map((provider) => provider.name)].join(", ");
    throw new Error(
      `NODELLM_PROVIDER is "${requested}", which the demo doesn't support. Set it to one of: ${names}.`,
    );
  }
  if (chosen.name !== "ollama" && read(environment, chosen.variable) === undefined) {
    throw new Error(
      `NODELLM_PROVIDER is "${chosen.name}", but ${chosen.variable} is not set. Set ${chosen.variable}, or unset NODELLM_PROVIDER to use the offline model.`,
    );
  }
  const [first = chosen.model, ...further] = (read(environment, "NODELLM_MODEL") ?? "")
    .split(",")
    .map((model) => model.trim())
    .filter((model) => model !== "");
  return { provider: chosen.name, models: [first, ...further] };
}

const offline: ProviderChoice = { provider: "offline", models: ["offline"] };

function read(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}
