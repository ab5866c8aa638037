import { TRPCError } from "@trpc/server";
import { LLMError } from "@node-llm/core";
import type { ChatErrorCode } from "../chat/chat-error.ts";
import { ChatError } from "../chat/chat-error.ts";

const codes = {
  NOT_FOUND: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  BAD_REQUEST: "BAD_REQUEST",
  TOO_MANY_REQUESTS: "TOO_MANY_REQUESTS",
  SERVICE_UNAVAILABLE: "SERVICE_UNAVAILABLE",
  CONFIGURATION: "INTERNAL_SERVER_ERROR",
  SCHEMA_MISMATCH: "INTERNAL_SERVER_ERROR",
  STREAM_INCOMPLETE: "INTERNAL_SERVER_ERROR",
  STREAM_STALLED: "INTERNAL_SERVER_ERROR",
} as const satisfies { readonly [Code in ChatErrorCode]: TRPCError["code"] };

/**
 * Any error as the client may see it. Errors of the app (`TRPCError`, from its middlewares and hooks) pass
 * as they are; the text of an unknown one stays on the server, in `cause`, where `onError` finds it.
 */
export function toTrpcError(error: unknown): TRPCError {
  if (error instanceof TRPCError) return error;
  if (error instanceof ChatError) {
    return new TRPCError({ code: codes[error.code], message: error.message, cause: error });
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
