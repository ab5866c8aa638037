import { LLMError } from "@node-llm/core";
import { TRPCError } from "@trpc/server";
import { ChatError } from "../chat/chat-error.ts";
import { chatErrors } from "../chat/error-codes.ts";
import { isOutdated, isUnreachable } from "../orm/database/prisma-errors.ts";

/**
 * Turns any error into one that the client may see. A `TRPCError`, from the app's middlewares and hooks, passes
 * unchanged. The text of an unknown error stays on the server: it is in `cause`, where the app's `onError` finds it.
 */
export function toTrpcError(error: unknown): TRPCError {
  if (error instanceof TRPCError) return error;
  if (error instanceof ChatError) {
    const { trpcCode } = chatErrors[error.code];
    // What is wrong with the app's options or schema is for its developer, who finds it in `cause`.
    const isOfSetup = error.code === "CONFIGURATION" || error.code === "SCHEMA_MISMATCH";
    const message = isOfSetup ? misconfigured : error.message;
    return new TRPCError({ code: trpcCode, message, cause: error });
  }
  return new TRPCError({
    code: "INTERNAL_SERVER_ERROR",
    message: describeUnknownError(error),
    cause: error,
  });
}

/** Calls a function and turns what it throws into an error that the client may see. */
export function safely<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    throw toTrpcError(error);
  }
}

/** Does the same for a function that may return a promise. */
export async function safe<Result>(procedure: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await procedure();
  } catch (error) {
    throw toTrpcError(error);
  }
}

const misconfigured =
  "The chat is not set up correctly on the server. Contact the administrator of this app.";

function describeUnknownError(error: unknown): string {
  if (error instanceof LLMError) {
    return "The model provider is not configured on the server. The server's log names the missing setting.";
  }
  if (isOutdated(error)) {
    return "The database is not up to date. Run `npx prisma migrate deploy` on the server and try again.";
  }
  if (isUnreachable(error)) {
    return "The database cannot be reached. Check DATABASE_URL on the server and that the database is running, then try again.";
  }
  return "Something went wrong on the server. Try again; the server's log has the details.";
}

/** @param missing the missing parts of the schema, as `Model.column` or `Model`. */
export function schemaMismatch(missing: readonly string[]): ChatError {
  return new ChatError(
    "SCHEMA_MISMATCH",
    `The Prisma schema lacks what the chat router needs: ${missing.join(", ")}. ` +
      "Run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
  );
}

/** The same error for a message that does not exist and for one outside the caller's scope. */
export function messageNotFound(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such message. It may have been deleted; reload the chat.",
  );
}

/** The same error for every id that `send` cannot use, so that it tells nothing about the message that has it. */
export function unusableId(): ChatError {
  return new ChatError("BAD_REQUEST", "This id cannot be used: send with a new UUID.");
}

/** The same error for an attachment that does not exist and for one outside the caller's scope. */
export function attachmentNotFound(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such attachment. It may have been deleted; attach the file again.",
  );
}

export function invalidCursor(): ChatError {
  return new ChatError(
    "BAD_REQUEST",
    "This is not a cursor of this list. Start again from the first page.",
  );
}

/** For a subscription that has reached its greatest age. Clients resume after one with this code. */
export function subscriptionExpired(): ChatError {
  return new ChatError(
    "SERVICE_UNAVAILABLE",
    "This subscription has been open for as long as it may be. Subscribe again, with the id of the last event.",
  );
}

/** For a subscription whose caller may have lost access while the database could not be asked. */
export function accessUnchecked(): ChatError {
  return new ChatError(
    "SERVICE_UNAVAILABLE",
    "The database did not answer, so access to this chat could not be checked. Subscribe again, with the id of the last event.",
  );
}

export function shuttingDown(): ChatError {
  return new ChatError(
    "SERVICE_UNAVAILABLE",
    "The server is shutting down and accepts no new messages. Try again in a moment.",
  );
}
