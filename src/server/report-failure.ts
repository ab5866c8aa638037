/** An answer that failed, or the title that was to be made of it; for the server's log. */
export interface AnswerFailure {
  readonly task: "answer" | "title";
  readonly error: unknown;
  readonly chatId: string;
  /** The answer. */
  readonly messageId: string;
}

export type FailureListener = (failure: AnswerFailure) => void;

/** No caller waits for an answer: without `onError`, the console is where its failure is seen. */
export function reportFailure(onError: FailureListener | undefined, failure: AnswerFailure): void {
  const what = failure.task === "title" ? "the title of a chat, after the" : "the";
  const log = (error: unknown): void =>
    // oxlint-disable-next-line no-console -- the last place where the failure can be seen
    console.error(`node-llm-trpc: ${what} answer ${failure.messageId} failed.`, error);
  try {
    if (onError === undefined) log(failure.error);
    else onError(failure);
  } catch (error) {
    log(error);
  }
}
