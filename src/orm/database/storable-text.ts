import { ChatError } from "../../chat/chat-error.ts";

/** NUL, and halves of characters without their other half. */
const unstorable = /[\0\p{Cs}]/gu;
/** The same, and whole characters of two units: quick to look for. */
const suspicious = /[\0\uD800-\uDFFF]/;

/**
 * A text as every database gives it back: PostgreSQL takes no NUL, and what becomes of half a character depends on
 * the driver. Each of them becomes one U+FFFD, so the text keeps its length.
 */
export function toStorable(text: string): string {
  return suspicious.test(text) ? text.replaceAll(unstorable, "\uFFFD") : text;
}

/** @throws ChatError `BAD_REQUEST` for a text that holds a NUL. */
export function checkStorable(name: string, text: string | null | undefined): void {
  if (text?.includes("\0") !== true) return;
  throw new ChatError("BAD_REQUEST", nulProblem(name));
}

export function nulProblem(name: string): string {
  return `${name} has a NUL character (U+0000), which cannot be stored. Remove it and try again.`;
}
