import { ChatError } from "../chat/chat-error.ts";

/** The error for a Prisma schema that lacks columns. */
export function schemaMismatch(missing: readonly string[]): ChatError {
  return new ChatError(
    "SCHEMA_MISMATCH",
    `The Prisma schema lacks what the chat router needs: ${missing.join(", ")}. ` +
      "Run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
  );
}
