/** What `onError` of a chat router is told. */
export type AnswerFailure =
  | {
      /**
       * What failed: the answer, the call for its chat's title, or the app's `background`. When the title or
       * `background` fails, the answer is not affected.
       */
      readonly task: "answer" | "title" | "background";
      /** The original error. It never reaches a client. */
      readonly error: unknown;
      /** The chat of the answer. */
      readonly chatId: string;
      /** The answer. */
      readonly messageId: string;
    }
  | {
      /** A caller was refused, because `scope` returned something else than columns with values. */
      readonly task: "scope";
      /** A `ChatError` that says what `scope` returned. The client is not told. */
      readonly error: unknown;
      readonly chatId: null;
      readonly messageId: null;
    };

/** A function that is called with each failure: `onError` of a chat router. If it returns a promise, the promise may reject. */
export type FailureListener = (failure: AnswerFailure) => unknown;

/**
 * Tells the app's `onError` of a failure; the console when there is none, or when it throws or rejects. No caller waits
 * for an answer, so its failure would be lost otherwise.
 */
export function reportFailure(onError: FailureListener | undefined, failure: AnswerFailure): void {
  const log = (error: unknown): void =>
    // oxlint-disable-next-line no-console -- nobody else can report it
    console.error(`node-llm-trpc: ${describeTask(failure)} failed.`, error);
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

function describeTask({ task, messageId }: AnswerFailure): string {
  switch (task) {
    case "answer":
      return `the answer ${messageId}`;
    case "title":
      return `the title of a chat, after the answer ${messageId},`;
    case "background":
      return `\`background\`, called with the answer ${messageId},`;
    case "scope":
      return "the `scope` of a caller";
  }
}
