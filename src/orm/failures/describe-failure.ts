import { ChatError } from "../../chat/chat-error.ts";
import { describeProviderError } from "./describe-provider-error.ts";

/** How many lines of a stack are logged. */
const maxFrames = 8;

/**
 * Describes an error for a log without its text, which may be a provider's or a tool's, or a statement of Prisma with
 * what a user wrote: by its code and its class. A `ChatError` has a text of this package.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof ChatError) return `${error.code}: ${error.message.replace(/\.$/, "")}`;
  const { code, statusCode } = describeProviderError(error);
  const name = error instanceof Error ? error.name : typeof error;
  if (statusCode !== null) return `${code} (${name}, HTTP ${statusCode})`;
  // Codes of Node, of Prisma and of drivers are words without blanks.
  const own = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^\w{1,40}$/.test(own) ? `${code} (${name}, ${own})` : `${code} (${name})`;
}

/** The lines of the stack that say where; those before have the message. */
export function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frames =
    error.stack?.split("\n").filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line)) ?? [];
  return frames
    .slice(0, maxFrames)
    .map((frame) => `\n${frame}`)
    .join("");
}
