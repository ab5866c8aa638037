import { logFailure, logThrown } from "./log-failure.ts";

/** What `onError` of a chat router is told. */
export type AnswerFailure =
  | {
      /**
       * What failed: the answer, the call for its chat's title, or the app's `background` or `onFinish`. When anything
       * but the answer fails, the answer is not affected.
       */
      readonly task: "answer" | "title" | "background" | "finish";
      /** The original error. It never reaches a client. */
      readonly error: unknown;
      /** The chat of the answer. */
      readonly chatId: string;
      /** The answer. */
      readonly messageId: string;
    }
  | {
      /** A tool has thrown. The model and the page are told that it failed, and the answer goes on. */
      readonly task: "tool";
      /** The original error. It never reaches a client or a model. */
      readonly error: unknown;
      /** The chat of the answer. */
      readonly chatId: string;
      /** The answer. */
      readonly messageId: string;
      /** The call, unique within the answer. */
      readonly toolCallId: string;
      /** The name of the tool. */
      readonly toolName: string;
    }
  | {
      /**
       * The app's storage could not delete a file of the chat, or give its address. The file is deleted later, and the
       * attachment has no `url` for now.
       */
      readonly task: "attachments";
      /** The error of the storage. */
      readonly error: unknown;
      /** The chat of the file, or of the request in which it was to be deleted. */
      readonly chatId: string;
      readonly messageId: null;
    }
  | {
      /** A function that was passed to `defer` has thrown. The answer is not affected. */
      readonly task: "cleanUp";
      /** The original error. It never reaches a client. */
      readonly error: unknown;
      /** The chat of the answer. */
      readonly chatId: string;
      readonly messageId: null;
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
  const onThrown = (thrown: unknown): void =>
    logThrown("`onError`", thrown, failure.error, describeTask(failure));
  try {
    if (onError === undefined) logFailure(describeTask(failure), failure.error);
    else {
      const result = onError(failure);
      if (result instanceof Promise) result.catch(onThrown);
    }
  } catch (thrown) {
    onThrown(thrown);
  }
}

function describeTask(failure: AnswerFailure): string {
  const { task, chatId, messageId } = failure;
  switch (task) {
    case "answer":
      return `the answer ${messageId}`;
    case "title":
      return `the title of a chat, after the answer ${messageId},`;
    case "background":
      return `\`background\`, called with the answer ${messageId},`;
    case "finish":
      return `\`onFinish\`, called with the answer ${messageId},`;
    case "tool":
      return `the tool "${failure.toolName}" of the answer ${messageId}`;
    case "attachments":
      return `the app's storage of files, for the chat ${chatId},`;
    case "cleanUp":
      return `what was deferred until the end of an answer in the chat ${chatId}`;
    case "scope":
      return "the `scope` of a caller";
  }
}
