import { TRPCError } from "@trpc/server";
import { LLMError } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../chat/chat-error.ts";
import { chatErrors } from "../chat/error-codes.ts";

/**
 * Any error as the client may see it. Errors of the app (`TRPCError`, from its middlewares and hooks) pass
 * as they are; the text of an unknown one stays on the server, in `cause`, where `onError` finds it.
 */
export function toTrpcError(error: unknown): TRPCError {
  if (error instanceof TRPCError) return error;
  if (error instanceof ChatError) {
    return new TRPCError({
      code: chatErrors[error.code].trpcCode,
      message: error.message,
      cause: error,
    });
  }
  return new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: describe(error), cause: error });
}

function describe(error: unknown): string {
  if (error instanceof LLMError) {
    return "The model provider is not set up on the server: see the server's log for the setting that is missing.";
  }
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  // Prisma's codes: https://www.prisma.io/docs/orm/reference/error-reference
  if (code === "P2021" || code === "P2022") {
    return "The database is not up to date. Run `npx prisma migrate deploy` on the server and try again.";
  }
  const isUnreachable =
    typeof code === "string" && /^(P10(00|01|02|03|10|11|17)|SQLITE_CANTOPEN)/.test(code);
  // better-sqlite3 throws this without a code when the folder of the file is missing.
  const isMissing = error instanceof TypeError && error.message.startsWith("Cannot open database");
  if (isUnreachable || isMissing) {
    return "The database cannot be reached. Check DATABASE_URL on the server, and that the database runs, and try again.";
  }
  return "Something went wrong on the server. Try again; the server's log says more.";
}

interface Outcome {
  readonly ok: boolean;
  readonly error?: Error;
}

/**
 * A middleware: the error of a refused input says in words what is accepted. By itself its text is the validator's
 * list of issues, as JSON; that list stays in `cause`, for the app's error formatter.
 */
export async function nameInputErrors<Result extends Outcome>({
  next,
}: {
  next: () => Promise<Result>;
}): Promise<Result> {
  const result = await next();
  const cause = result.error?.cause;
  if (result.error !== undefined && cause instanceof z.ZodError) {
    result.error.message = cause.issues.map((issue) => issue.message).join(" ");
  }
  return result;
}

/** The error for a Prisma schema that lacks columns. */
export function schemaMismatch(missing: readonly string[]): ChatError {
  return new ChatError(
    "SCHEMA_MISMATCH",
    `The Prisma schema lacks what the chat router needs: ${missing.join(", ")}. ` +
      "Run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
  );
}

export function messageNotFound(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such message. It may have been deleted: reload the chat.",
  );
}

export function shuttingDown(): ChatError {
  return new ChatError(
    "SERVICE_UNAVAILABLE",
    "The server is shutting down and takes no new messages. Send again in a moment: another server, or this one after its restart, will take it.",
  );
}
