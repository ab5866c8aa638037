import type { ChatSummary } from "../chat/chat-summary.ts";

/** For whom an option of the router is asked: the caller, and the chat of the answer. */
export interface AnswerOf<Context> {
  /** The context of the procedure that started the answer, or of the one that continued it. */
  readonly ctx: Context;
  /** The chat of the answer. */
  readonly chat: ChatSummary;
  /**
   * Runs a function when the answer has ended, waits for somebody, or was refused, to close what was opened for it. The
   * newest one runs first. Its errors go to `onError`.
   */
  readonly defer: (cleanUp: () => unknown) => void;
}

/**
 * An option of the router, or a function that returns it for a caller and a chat. It is asked once for each answer, and
 * again when the answer continues after an approval.
 */
export type PerAnswer<Context, Value> =
  | Value
  | ((answer: AnswerOf<Context>) => Value | Promise<Value>);

/** The value of an option for an answer. */
export async function askFor<Context, Value>(
  option: PerAnswer<Context, Value>,
  answer: AnswerOf<Context>,
): Promise<Value> {
  return isFunction(option) ? option(answer) : option;
}

function isFunction<Context, Value>(
  option: PerAnswer<Context, Value>,
): option is (answer: AnswerOf<Context>) => Value | Promise<Value> {
  return typeof option === "function";
}
