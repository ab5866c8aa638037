import { createHash } from "node:crypto";
import type { Row } from "../database/client/prisma-client-like.ts";

/** The key of a scope without columns, which all callers share. */
export const everyone = "everyone";

/** MySQL's default String has 191 characters. */
const maxKeyChars = 180;

/**
 * The text that stands for a scope in the ledger: its columns as JSON, in the order of their names, such as
 * `{"userId":"u1"}`. Equal scopes have equal keys, and different scopes have different ones. A key that would be too
 * long for a column is hashed.
 */
export function scopeKey(scope: Row): string {
  const names = Object.keys(scope).toSorted();
  if (names.length === 0) return everyone;
  const columns = names.map((name) => `${JSON.stringify(name)}:${encode(scope[name])}`);
  const key = `{${columns.join()}}`;
  if (key.length <= maxKeyChars) return key;
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

function encode(value: unknown): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}
