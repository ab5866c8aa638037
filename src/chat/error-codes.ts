/**
 * Why an answer failed: the codes of `message.error`, each with a text that is safe to show to users, and whether
 * `regenerate` may succeed. `docs/errors.md` has the same table, and a test compares the two.
 */
export const answerErrors = {
  BAD_REQUEST: {
    message: "The model refused the request. Change the message and try again.",
    retryable: false,
  },
  CONTEXT_TOO_LONG: {
    message: "The conversation is too long for this model. Start a new chat, or shorten it.",
    retryable: false,
  },
  UNAUTHORIZED: {
    message:
      "The model provider rejected the server's credentials. Contact the administrator of this app.",
    retryable: false,
  },
  PAYMENT_REQUIRED: {
    message:
      "The server's quota with the model provider is used up. Contact the administrator of this app.",
    retryable: false,
  },
  MODEL_NOT_FOUND: {
    message: "The model is not available. Choose another model and try again.",
    retryable: false,
  },
  RATE_LIMITED: {
    message: "The model is receiving too many requests. Wait a moment and try again.",
    retryable: true,
  },
  OVERLOADED: {
    message: "The model is overloaded. Wait a moment and try again.",
    retryable: true,
  },
  PROVIDER_ERROR: { message: "The model could not answer. Try again.", retryable: true },
  TIMEOUT: { message: "The model did not answer in time. Try again.", retryable: true },
  CONNECTION_LOST: {
    message: "The connection to the model was lost. Try again.",
    retryable: true,
  },
  STREAM_INCOMPLETE: {
    message: "The connection to the model ended before the answer was complete. Try again.",
    retryable: true,
  },
  STREAM_STALLED: {
    message: "The model stopped sending in the middle of its answer. Try again.",
    retryable: true,
  },
  EMPTY_ANSWER: { message: "The model returned an empty answer. Try again.", retryable: true },
  CONTENT_FILTERED: {
    message:
      "The model's provider filtered the answer out. Rephrase your message and send it again.",
    retryable: false,
  },
  BAD_RESPONSE: {
    message: "What came back was not the answer of a model. Try again.",
    retryable: true,
  },
  INVALID_OUTPUT: {
    message: "The model's answer does not have the form that this app needs. Try again.",
    retryable: true,
  },
  TOO_MANY_STEPS: {
    message: "The model used more tool calls than one answer may have. Ask for less at once.",
    retryable: false,
  },
  CONFIGURATION: {
    message: "The server's model settings are wrong. Contact the administrator of this app.",
    retryable: false,
  },
  TOO_MANY_REQUESTS: {
    message: "The answer has used up what it may cost. Try again later.",
    retryable: true,
  },
  INTERRUPTED: {
    message: "The answer was interrupted before it was complete. Try again.",
    retryable: true,
  },
  APPROVAL_EXPIRED: {
    message: "Nobody approved the tool in time, so the answer has ended. Try again.",
    retryable: true,
  },
  OUTPUT_EXPIRED: {
    message: "The page did not run the tool in time, so the answer has ended. Try again.",
    retryable: true,
  },
  FILE_UNAVAILABLE: {
    message: "A file of this chat cannot be read at the moment. Try again.",
    retryable: true,
  },
  ABORTED: { message: "The answer was stopped.", retryable: true },
  INTERNAL: { message: "Something went wrong on the server. Try again.", retryable: true },
} as const satisfies {
  readonly [code: string]: { readonly message: string; readonly retryable: boolean };
};

/** Why an answer failed: the `code` of `message.error`. */
export type AnswerErrorCode = keyof typeof answerErrors;

/**
 * Why a call was refused: the codes of `ChatError`, each with the tRPC code that the router gives it, what it means in
 * general, and whether the same call may succeed later. `docs/errors.md` has the same table, and a test compares the
 * two.
 */
export const chatErrors = {
  NOT_FOUND: {
    trpcCode: "NOT_FOUND",
    message: "The chat, message or tool call does not exist, or is outside the caller's scope.",
    retryable: false,
  },
  CONFLICT: {
    trpcCode: "CONFLICT",
    message: "The chat is busy with another answer, or changed in the meantime.",
    retryable: true,
  },
  BAD_REQUEST: {
    trpcCode: "BAD_REQUEST",
    message: "The input is not valid. Nothing was written.",
    retryable: false,
  },
  TOO_MANY_REQUESTS: {
    trpcCode: "TOO_MANY_REQUESTS",
    message: "A limit of the caller or the budget is reached. Nothing was written.",
    retryable: true,
  },
  SERVICE_UNAVAILABLE: {
    trpcCode: "SERVICE_UNAVAILABLE",
    message: "The server is shutting down and accepts no new messages.",
    retryable: true,
  },
  FILE_UNAVAILABLE: {
    trpcCode: "SERVICE_UNAVAILABLE",
    message: "The app's storage of files does not respond.",
    retryable: true,
  },
  CONFIGURATION: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: "An option, a model of the Prisma schema or the provider is not set up.",
    retryable: false,
  },
  SCHEMA_MISMATCH: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: "The Prisma schema lacks columns that the router needs.",
    retryable: false,
  },
  STREAM_INCOMPLETE: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.STREAM_INCOMPLETE.message,
    retryable: true,
  },
  STREAM_STALLED: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.STREAM_STALLED.message,
    retryable: true,
  },
  EMPTY_ANSWER: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.EMPTY_ANSWER.message,
    retryable: true,
  },
  CONTENT_FILTERED: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.CONTENT_FILTERED.message,
    retryable: false,
  },
  BAD_RESPONSE: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.BAD_RESPONSE.message,
    retryable: true,
  },
  INVALID_OUTPUT: {
    trpcCode: "INTERNAL_SERVER_ERROR",
    message: answerErrors.INVALID_OUTPUT.message,
    retryable: true,
  },
} as const satisfies {
  readonly [code: string]: {
    readonly trpcCode: string;
    readonly message: string;
    readonly retryable: boolean;
  };
};

/** Why a call was refused: the `code` of a `ChatError`. */
export type ChatErrorCode = keyof typeof chatErrors;

/** Whether this version knows the code. The database may contain codes of a newer one. */
export function isAnswerErrorCode(code: string): code is AnswerErrorCode {
  return Object.hasOwn(answerErrors, code);
}
