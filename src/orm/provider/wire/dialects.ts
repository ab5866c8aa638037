import { AnthropicReader } from "./anthropic-dialect.ts";
import { rewriteAnthropic } from "./anthropic-request.ts";
import { BedrockReader } from "./bedrock-dialect.ts";
import { GeminiReader, rewriteGemini } from "./gemini-dialect.ts";
import { OpenAIReader, rewriteOpenAI } from "./openai-dialect.ts";
import type { Dialect } from "./dialect.ts";

export type DialectName = "openai" | "anthropic" | "gemini" | "bedrock";

/** The formats of core's providers. `docs/providers.md` says what is read of each. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  openai: {
    path: /\/chat\/completions$/,
    framing: "sse",
    endMarker: "[DONE]",
    createReader: (answer, target) => new OpenAIReader(answer, target),
    rewrite: rewriteOpenAI,
    placeholder:
      '{"choices":[{"message":{"role":"assistant","content":" "}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}',
  },
  anthropic: {
    path: /\/messages$/,
    framing: "sse",
    endMarker: null,
    createReader: (answer, target) => new AnthropicReader(answer, target),
    rewrite: rewriteAnthropic,
    placeholder: '{"content":[]}',
  },
  gemini: {
    path: /:(?:streamGenerateContent|generateContent)$/,
    framing: "sse",
    endMarker: null,
    createReader: (answer, target) => new GeminiReader(answer, target),
    rewrite: rewriteGemini,
    placeholder: "{}",
  },
  bedrock: {
    path: /\/converse(?:-stream)?$/,
    framing: "aws",
    endMarker: null,
    createReader: (answer, target) => new BedrockReader(answer, target),
    rewrite: null,
    placeholder: '{"output":{"message":{"content":[]}},"usage":{}}',
  },
};

/** The format of a request to this address; null when it is not one to a model. */
export function dialectOf(url: string): Dialect | null {
  const path = url.replace(/[?#].*$/s, "");
  return Object.values(dialects).find((dialect) => dialect.path.test(path)) ?? null;
}
