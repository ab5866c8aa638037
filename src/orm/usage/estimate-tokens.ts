import type { ChatRequest, ContentPart, Message } from "@node-llm/core";
import { ModelRegistry, PricingRegistry, resolveModelAlias } from "@node-llm/core";
import { findModel } from "./find-model.ts";
import { bytesTokens, textTokens } from "./text-tokens.ts";

/** Tokens of a call. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What the tokens of a file depend on. */
export interface SizedFile {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * At most about how many tokens an image has: 4,784 for Anthropic's newest models, fewer elsewhere. Only OpenAI's
 * `gpt-4o-mini` and `o4-mini` count more, so that an image costs as much as with their larger models.
 */
export const maxImageTokens = 5_000;
/** Anthropic counts up to 3,000 tokens for the text of a page, and 1,600 for its image. */
export const maxPageTokens = 4_600;
/** A page of a PDF file that is only text has about this many bytes. */
export const minPageBytes = 10_000;
/** The roles and separators of a message, and the names and brackets of a tool, as providers write them. */
const messageTokens = 5;
const toolTokens = 15;
/** What a provider tells its model about the use of tools. Anthropic counts up to 530 tokens. */
const toolPromptTokens = 530;

/** At most about how many tokens a file has. */
export function fileTokens({ mediaType, size }: SizedFile): number {
  if (isTextFile(mediaType)) return bytesTokens(size);
  if (mediaType !== "application/pdf") return maxImageTokens;
  return Math.ceil(Math.max(1, size / minPageBytes) * maxPageTokens);
}

/** Whether providers get a file as text. */
export function isTextFile(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json";
}

/** A tool as the model is told of it. */
interface DescribedTool {
  readonly function: object;
}

/** At most about how many tokens the descriptions of tools have. */
export function toolsTokens(tools: readonly DescribedTool[] = []): number {
  if (tools.length === 0) return 0;
  const each = tools.map((tool) => textTokens(JSON.stringify(tool.function)) + toolTokens);
  return each.reduce((sum, tokens) => sum + tokens, toolPromptTokens);
}

/** At most about how many tokens the schema of an answer has. */
export function schemaTokens(schema: object): number {
  return textTokens(JSON.stringify(schema)) + toolTokens;
}

/** At most about how many tokens a request has: its messages, its tools, and the schema of the answer. */
export function requestTokens({
  messages,
  tools,
  response_format: format,
}: Pick<ChatRequest, "messages" | "tools" | "response_format">): number {
  const schema = format === undefined ? 0 : schemaTokens(format);
  return messages.reduce((sum, message) => sum + tokensOf(message), toolsTokens(tools) + schema);
}

/** At most about how many tokens a question has: its text, and its files. */
export function questionTokens(text: string, files: readonly SizedFile[]): number {
  return files.reduce((sum, file) => sum + fileTokens(file), textTokens(text) + messageTokens);
}

/** At most about how many tokens a system prompt has. */
export function promptTokens(instructions: readonly string[]): number {
  if (instructions.length === 0) return 0;
  return instructions.reduce((sum, text) => sum + textTokens(text), messageTokens);
}

function tokensOf({ content, tool_calls: calls = [] }: Message): number {
  let tokens = messageTokens;
  for (const part of Array.isArray(content) ? content : [String(content ?? "")])
    tokens += typeof part === "string" ? textTokens(part) : partTokens(part);
  for (const call of calls)
    tokens += textTokens(call.function.name) + textTokens(call.function.arguments) + toolTokens;
  return tokens;
}

function partTokens(part: ContentPart): number {
  if (part.type === "text") return textTokens(part.text);
  if (part.type !== "image_url") return maxImageTokens;
  const { url } = part.image_url;
  const mediaType = /^data:([^;,]{1,100})/.exec(url)?.[1] ?? "";
  // In base64.
  return fileTokens({ mediaType, size: (url.length * 3) / 4 });
}

/** The largest window of any model, in tokens. */
const maxWindow = 10_000_000;

/** How many tokens a model can read at most. A provider refuses a request with more. */
export function windowOf(model: string, provider: string): number {
  return findModel(resolveModelAlias(model, provider), provider)?.context_window ?? maxWindow;
}

/**
 * What tokens cost in US dollars; null when the price of the model is not known.
 *
 * @param model its name or alias.
 */
export function priceOf(
  { inputTokens, outputTokens }: CallTokens,
  model: string,
  provider: string,
): number | null {
  const name = resolveModelAlias(model, provider);
  // Core takes a price that its registry lacks for 0.
  const { standard } = PricingRegistry.getPricing(name, provider)?.text_tokens ?? {};
  const isKnown =
    standard?.input_per_million !== undefined && standard.output_per_million !== undefined;
  if (!isKnown) return null;
  const usage = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const priced = ModelRegistry.calculateCost(usage, name, provider);
  return "cost" in priced ? priced.cost : null;
}
