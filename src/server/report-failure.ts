/**
 * An answer that failed, the title that was to be made of it, or the app's `background` that was to take it; for the
 * server's log.
 */
export interface AnswerFailure {
  readonly task: "answer" | "title" | "background";
  readonly error: unknown;
  readonly chatId: string;
  /** The answer. */
  readonly messageId: string;
}

/** What it throws, or rejects with, goes to the console. */
export type FailureListener = (failure: AnswerFailure) => unknown;

/** No caller waits for an answer: without `onError`, the console is where its failure is seen. */
export function reportFailure(onError: FailureListener | undefined, failure: AnswerFailure): void {
  const log = (error: unknown): void =>
    // oxlint-disable-next-line no-console -- the last place where the failure can be seen
    console.error(`node-llm-trpc: ${describe(failure)} failed.`, error);
  try {
    if (onError === undefined) log(failure.error);
    else {
      const result = onError(failure);
      if (result instanceof Promise) result.catch(log);
    }
  } catch (error) {
    log(error);
  }
}

function describe({ task, messageId }: AnswerFailure): string {
  switch (task) {
    case "answer":
      return `the answer ${messageId}`;
    case "title":
      return `the title of a chat, after the answer ${messageId},`;
    case "background":
      return `\`background\`, which was to take the answer ${messageId},`;
  }
}
