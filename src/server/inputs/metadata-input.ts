import { z } from "zod/v4";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import { nulProblem, toStorable } from "../../chat/storable-text.ts";
import { findUnsafeKey } from "../../shared/json-value.ts";
import { isPlainObject } from "../../shared/is-plain-object.ts";

/** How deeply metadata may be nested, in levels of objects and lists. */
export const maxMetadataDepth = 20;

/**
 * The validator of metadata, which `checkBounds` has found to be JSON. A recursive schema would make a validator, and
 * possibly an issue, of each value.
 *
 * @typeParam Given what the schema of the app takes.
 */
export function metadataInput<Given extends Metadata = Metadata>(maxChars: number) {
  const any = z
    .custom<Metadata>(isPlainObject, "The metadata must be an object.")
    .refine((metadata) => !hasNul(metadata), { message: nulProblem("The metadata"), abort: true })
    .refine(hasSafeKeys, unsafeKeyIn("The metadata"))
    .overwrite(storableObject)
    .refine(
      (metadata) => JSON.stringify(metadata).length <= maxChars,
      `The metadata is too long: at most ${maxChars} characters of JSON.`,
    );
  // `MetadataCheck` asks the schema of the app.
  return any as unknown as z.ZodType<Given, Given>;
}

/** The validator of any JSON, which is stored as its text, so that it may contain every character. */
export function jsonInput(name: string, maxBytes: number) {
  return z
    .custom<JsonValue>((value) => value !== undefined)
    .refine(hasSafeKeys, unsafeKeyIn(name))
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      `${name} is too large: at most ${maxBytes} bytes of JSON. Send less, or raise \`limits.maxToolOutputBytes\` of createChatRouter.`,
    );
}

function hasNul(value: JsonValue): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => key.includes("\0") || hasNul(item));
}

function hasSafeKeys(value: JsonValue): boolean {
  return findUnsafeKey(value) === undefined;
}

function unsafeKeyIn(name: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      `${name} has a key "${findUnsafeKey(input)}", which cannot be stored. Rename it.`,
    abort: true,
  };
}

/** Every text as `toStorable` keeps it. What is undefined is left out, as in JSON. */
function storableObject(object: Metadata): Metadata {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [toStorable(key), storableJson(value)]));
}

function storableJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return toStorable(value);
  if (isPlainObject(value)) return storableObject(value);
  return typeof value === "object" && value !== null ? value.map(storableJson) : value;
}
