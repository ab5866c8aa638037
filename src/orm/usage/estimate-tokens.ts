import type { ChatRequest, ContentPart, Message } from "@node-llm/core";
import { ModelRegistry, PricingRegistry, resolveModelAlias } from "@node-llm/core";

/** Tokens of a call. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Providers count an image as 85 to 1,600 tokens, depending on its size. */
export const imageTokens = 1_500;

/** A page of a PDF file has about as many tokens as an image, and about this many bytes. */
const pdfPageBytes = 50_000;

/** What the tokens of a file depend on. */
export interface SizedFile {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/** About how many tokens a text has. */
export function textTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** About how many tokens a file has. */
export function fileTokens({ mediaType, size }: SizedFile): number {
  if (isTextFile(mediaType)) return textTokens(size);
  return imageTokens * (mediaType === "application/pdf" ? Math.ceil(size / pdfPageBytes) : 1);
}

/** Whether providers get a file as text. */
export function isTextFile(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json";
}

/** About how many tokens a request has: its messages and its tools. */
export function requestTokens({
  messages,
  tools,
}: Pick<ChatRequest, "messages" | "tools">): number {
  let characters = (tools?.length ?? 0) === 0 ? 0 : JSON.stringify(tools).length;
  let tokens = 0;
  for (const message of messages) {
    const measured = measure(message);
    characters += measured.characters;
    tokens += measured.tokens;
  }
  return textTokens(characters) + tokens;
}

/** About how many tokens a question has: its text, and its files. */
export function questionTokens(text: string, files: readonly SizedFile[]): number {
  return files.reduce((sum, file) => sum + fileTokens(file), textTokens(text.length));
}

/** The characters of a message, and the tokens of what is no text. */
function measure({ content, tool_calls: calls }: Message): { characters: number; tokens: number } {
  let characters = 0;
  let tokens = 0;
  for (const part of Array.isArray(content) ? content : [String(content ?? "")]) {
    if (typeof part === "string") characters += part.length;
    else if (part.type === "text") characters += part.text.length;
    else tokens += partTokens(part);
  }
  for (const call of calls ?? [])
    characters += call.function.name.length + call.function.arguments.length;
  return { characters, tokens };
}

function partTokens(part: ContentPart): number {
  if (part.type !== "image_url") return imageTokens;
  const { url } = part.image_url;
  const mediaType = /^data:([^;,]{1,100})/.exec(url)?.[1] ?? "";
  // In base64.
  return fileTokens({ mediaType, size: (url.length * 3) / 4 });
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
