import { ChatError } from "../../../chat/chat-error.ts";
import type { FinishReason } from "../../../chat/chat-message.ts";
import { answerErrors } from "../../../chat/error-codes.ts";

/** What one call of a provider brought. */
export interface CallOutcome {
  readonly hasText: boolean;
  readonly hasThinking: boolean;
  readonly hasToolCalls: boolean;
  readonly finishReason: FinishReason | null;
}

/**
 * Nothing said is not an answer, unless a tool has run: then its result is the answer. Thinking alone counts when it was
 * cut off by the limit, because it can be continued.
 *
 * @throws ChatError `CONTENT_FILTERED` or `EMPTY_ANSWER` when the call brought no answer.
 */
export function requireAnswer(outcome: CallOutcome, hasToolResults: boolean): void {
  const { hasText, hasThinking, hasToolCalls, finishReason } = outcome;
  if (hasText || hasToolCalls) return;
  if (finishReason === "content_filter")
    throw new ChatError("CONTENT_FILTERED", answerErrors.CONTENT_FILTERED.message);
  const isCutOff = finishReason === "length" && hasThinking;
  if (!isCutOff && !hasToolResults)
    throw new ChatError("EMPTY_ANSWER", answerErrors.EMPTY_ANSWER.message);
}
