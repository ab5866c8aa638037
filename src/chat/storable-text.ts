import { ChatError } from "./chat-error.ts";

/** NUL and lone surrogates. */
const unstorable = /[\0\p{Cs}]/gu;
/** A quick test that also matches complete surrogate pairs. */
const suspicious = /[\0\uD800-\uDFFF]/;

/**
 * A text that every database returns as it was stored. PostgreSQL refuses NUL, and drivers treat lone surrogates
 * differently, so each of these becomes U+FFFD, which keeps the length of the text.
 */
export function toStorable(text: string): string {
  return suspicious.test(text) ? text.replaceAll(unstorable, "\uFFFD") : text;
}

/**
 * Refuses a text that a user can correct, instead of changing it.
 *
 * @param name what the text is, for the error.
 * @throws ChatError `BAD_REQUEST` when the text contains NUL.
 */
export function checkStorable(name: string, text: string | null | undefined): void {
  if (text?.includes("\0") !== true) return;
  throw new ChatError("BAD_REQUEST", nulProblem(name));
}

/** The error text for input that contains NUL. */
export function nulProblem(name: string): string {
  return `${name} contains a NUL character (U+0000), which cannot be stored. Remove it and try again.`;
}
