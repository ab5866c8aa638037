import type { TRPCError } from "@trpc/server";
import { z } from "zod/v4";

/** An input with many mistakes has as many issues. */
const maxIssues = 3;

/** What a middleware of tRPC returns. */
export interface MiddlewareResult {
  readonly ok: boolean;
  readonly error?: TRPCError;
}

/**
 * A middleware that makes the message of a refused input readable: tRPC's own is the validator's list of issues as
 * JSON. The list stays in `cause` for the app's error formatter.
 */
export async function describeInputErrors<Result extends MiddlewareResult>({
  next,
}: {
  next: () => Promise<Result>;
}): Promise<Result> {
  const result = await next();
  const { error } = result;
  // The app may use zod for itself: only tRPC makes a validator's text the message of an error.
  if (error?.cause instanceof z.ZodError && error.message === error.cause.message) {
    const messages = error.cause.issues.map(({ message }) => message);
    error.message = [...new Set(messages)].slice(0, maxIssues).join(" ");
  }
  return result;
}
