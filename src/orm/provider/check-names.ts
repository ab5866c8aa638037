import { ChatError } from "../../chat/chat-error.ts";
import { nearestWord } from "../../shared/nearest-word.ts";

/**
 * Checks that each name of an option that has a value is known.
 *
 * @param place what has the options, for the error.
 * @throws ChatError `CONFIGURATION` for any other, with the name that was probably meant.
 */
export function checkNames(place: string, options: object, known: readonly string[]): void {
  const unknown = findUnknownKey(options, known);
  if (unknown === null) return;
  const { key, meant } = unknown;
  const advice = meant === undefined ? "Remove it." : `Did you mean "${meant}"?`;
  throw new ChatError("CONFIGURATION", `${place} has no "${key}". ${advice}`);
}

/** Finds the first key with a value that is not known, and the name that was probably meant; null when there is none. */
export function findUnknownKey(
  options: object,
  known: readonly string[],
): { readonly key: string; readonly meant: string | undefined } | null {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  const key = set.map(([name]) => name).find((name) => !known.includes(name));
  return key === undefined ? null : { key, meant: nearestWord(key, known) };
}
