import type { NodeLLMConfig } from "@node-llm/core";
import type { DialectName } from "./wire/dialects.ts";

/** How one of core's providers, or the API that it calls, differs from the others. */
export interface ProviderFacts {
  /** Names of models that belong to this provider. Without it, the provider is never inferred from a model. */
  readonly models: RegExp | null;
  /** Core calls the provider's API once for each call, so its first response is the only one. */
  readonly makesOneRequest: boolean;
  /** Core sends the thinking budget, and the API counts it towards `max_tokens`. */
  readonly countsThinkingBudget: boolean;
  /** The format of its API; null when that is not known. */
  readonly dialect: DialectName | null;
  /** The API wants the text of its thinking back with the results of tools. */
  readonly returnsReasoning: boolean;
  /** The API refuses a question right after the results of tools. */
  readonly wantsAnswerAfterTools: boolean;
  /** The API wants the user to speak first, and then the assistant and the user in turn. */
  readonly wantsTurns: boolean;
  /** The API refuses a message without text, also the result of a tool. */
  readonly refusesBlankText: boolean;
  /** Core reads the id of a tool's result as the name of its function. */
  readonly namesToolResults: boolean;
  readonly toolCallIds: ToolCallIds;
  /** What the API takes in place of its signature on a tool call that another provider made; null for nothing. */
  readonly foreignSignature: string | null;
  /** The API refuses to think in a turn with tool calls that do not come after its own thinking. */
  readonly wantsThinkingFirst: boolean;
  /** The settings that hold its key: it is set up when one of them is set. */
  readonly keys: readonly ProviderKey[];
  /**
   * How the API takes PDF files: as core writes them (`core`), as OpenAI's `file` or Mistral's `document_url`, or not at
   * all, also when core has no way to send them.
   */
  readonly pdf: "core" | "file" | "document_url" | "none";
  /** The settings of its base URL when core does not pass it on; null when it does. */
  readonly ignoredBase: IgnoredBase | null;
}

type ProviderKey = Extract<keyof NodeLLMConfig, `${string}ApiKey` | "bedrockAccessKeyId">;

/** Core 1.17.1 gives the constructor of the provider only the key, although it takes a base URL as well. */
interface IgnoredBase {
  readonly base: "anthropicApiBase" | "geminiApiBase";
  /** The base URL that the provider has without one. */
  readonly standard: string;
}

/** The ids of tool calls that an API accepts in a history. */
interface ToolCallIds {
  readonly valid: RegExp;
  /** Makes an id from the hexadecimal digits of a hash. */
  readonly create: (hash: string) => string;
}

/**
 * OpenAI takes at most 40 characters, Anthropic only letters, digits, `_` and `-`. An id that satisfies both lets the
 * provider change in the middle of a chat.
 */
const portableIds: ToolCallIds = {
  valid: /^[a-zA-Z0-9_-]{1,40}$/,
  create: (hash) => `call_${hash.slice(0, 24)}`,
};

/** Mistral's API answers others with "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9." */
const mistralIds: ToolCallIds = {
  valid: /^[a-zA-Z0-9]{9}$/,
  create: (hash) => hash.slice(0, 9),
};

const defaults: ProviderFacts = {
  models: null,
  makesOneRequest: false,
  countsThinkingBudget: false,
  dialect: null,
  returnsReasoning: false,
  wantsAnswerAfterTools: false,
  wantsTurns: false,
  refusesBlankText: false,
  namesToolResults: false,
  toolCallIds: portableIds,
  foreignSignature: null,
  wantsThinkingFirst: false,
  keys: [],
  pdf: "core",
  ignoredBase: null,
};

/**
 * The providers that core registers, by the names that `createLLM({ provider })` takes. A model belongs to the first one
 * whose `models` match.
 */
const exceptions: ReadonlyMap<string, Partial<ProviderFacts>> = new Map([
  [
    "openai",
    {
      models: /^(gpt-|chatgpt-|o[1345](-|$))/,
      makesOneRequest: true,
      dialect: "openai",
      keys: ["openaiApiKey"],
      pdf: "file",
    },
  ],
  [
    "anthropic",
    {
      models: /^claude-/,
      makesOneRequest: true,
      countsThinkingBudget: true,
      dialect: "anthropic",
      // https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
      wantsThinkingFirst: true,
      keys: ["anthropicApiKey"],
      ignoredBase: {
        base: "anthropicApiBase",
        standard: "https://api.anthropic.com/v1",
      },
    },
  ],
  [
    "gemini",
    {
      models: /^gemini-/,
      namesToolResults: true,
      dialect: "gemini",
      wantsTurns: true,
      // https://ai.google.dev/gemini-api/docs/thought-signatures
      foreignSignature: "skip_thought_signature_validator",
      keys: ["geminiApiKey"],
      ignoredBase: {
        base: "geminiApiBase",
        standard: "https://generativelanguage.googleapis.com/v1beta",
      },
    },
  ],
  [
    "deepseek",
    {
      models: /^deepseek-/,
      makesOneRequest: true,
      dialect: "openai",
      returnsReasoning: true,
      keys: ["deepseekApiKey"],
      pdf: "none",
    },
  ],
  [
    "xai",
    {
      models: /^grok-/,
      makesOneRequest: true,
      dialect: "openai",
      refusesBlankText: true,
      keys: ["xaiApiKey"],
      pdf: "none",
    },
  ],
  [
    "mistral",
    {
      models: /^(mistral-|magistral-|codestral-|ministral-|pixtral-)/,
      makesOneRequest: true,
      dialect: "openai",
      wantsAnswerAfterTools: true,
      toolCallIds: mistralIds,
      keys: ["mistralApiKey"],
      pdf: "document_url",
    },
  ],
  [
    "bedrock",
    {
      models: /^(anthropic|amazon|meta|us|eu)\.[\w.-]+/,
      countsThinkingBudget: true,
      dialect: "bedrock",
      wantsAnswerAfterTools: true,
      wantsTurns: true,
      refusesBlankText: true,
      keys: ["bedrockApiKey", "bedrockAccessKeyId"],
      pdf: "none",
    },
  ],
  [
    "openrouter",
    {
      models: /^[\w-]+\/[\w.:-]+$/,
      makesOneRequest: true,
      dialect: "openai",
      keys: ["openrouterApiKey"],
      pdf: "file",
    },
  ],
  ["ollama", { makesOneRequest: true, dialect: "openai", pdf: "none" }],
]);

/** The names of core's providers, as `createLLM({ provider })` takes them. */
export const providerNames: readonly string[] = [...exceptions.keys()];

/**
 * What this package knows about a provider.
 *
 * @param id the provider's id, in any case: core's providers call themselves `OpenAI` or `Anthropic`.
 */
export function providerFacts(id: string): ProviderFacts {
  return { ...defaults, ...exceptions.get(id.toLowerCase()) };
}

/** The provider that a model's name belongs to; null when the name does not tell. */
export function providerOfModel(model: string): string | null {
  for (const [id, { models }] of exceptions) if (models?.test(model) === true) return id;
  return null;
}
