import type { ModelAnswer, ModelError } from "../providers/formats/model-answer.ts";
import { finishOf } from "../providers/formats/model-answer.ts";
import { callText } from "./case-differences.ts";
import type { WireOutcome } from "./read-wire.ts";

/** The code of an error with this status. */
export const codeOfStatus: Readonly<Record<ModelError["status"], string>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  429: "RATE_LIMITED",
  500: "PROVIDER_ERROR",
  503: "OVERLOADED",
};

/** What a reader has to read for a model's answer. The usage of an answer without an end is not judged. */
export function expectedOutcome(
  answer: ModelAnswer,
  writer: { readonly dialect: string },
): Partial<WireOutcome> {
  const { thinking = [], text = [], refusal = [], toolCalls = [], usage, error, cut } = answer;
  const isFinished = error === undefined && cut === undefined;
  const reason = refusal.length > 0 ? "refusal" : finishOf(answer);
  return {
    text: [...text, ...refusal].join(""),
    thinking: thinking.join(""),
    toolCalls: isFinished
      ? toolCalls.map(({ name, input }) => callText({ name, arguments: input }))
      : [],
    // Gemini ends an answer with calls as any other.
    ...(writer.dialect === "gemini" && reason === "tool_calls"
      ? {}
      : { finishReason: isFinished ? reason : null }),
    error: error === undefined ? null : codeOfStatus[error.status],
    isFinished,
    ...(isFinished && usage !== undefined
      ? { inputTokens: usage.input, outputTokens: usage.output }
      : {}),
    ...(isFinished && usage?.cached !== undefined ? { cachedTokens: usage.cached } : {}),
  };
}
