import superjson from "superjson";
import { expect, it } from "vitest";

import { SeededRandom } from "../../test/support/seeded-random.ts";
import type { JsonValue } from "./json-value.ts";
import { findUnsafeKey, parseForClients, withSafeKeys } from "./json-value.ts";

const keys = ["__proto__", "constructor", "prototype", "constructor_", "prototype__", "a", "0"];

/** JSON as a text, because a literal cannot have every key. */
function json(random: SeededRandom, levels: number): string {
  const kind = levels === 0 ? 0 : random.between(0, 2);
  if (kind === 0) return JSON.stringify(random.pick([1, null, "x", "constructor"]));
  const items = Array.from({ length: random.between(0, 4) }, () => json(random, levels - 1));
  if (kind === 1) return `[${items.join()}]`;
  return `{${items.map((item) => `"${random.pick(keys)}":${item}`).join()}}`;
}

it.each(Array.from({ length: 300 }, (_, index) => index + 1))(
  "makes of any JSON what superjson takes, and loses nothing of it (seed %i)",
  (seed) => {
    const text = json(new SeededRandom(String(seed)), 4);
    const value: JsonValue = JSON.parse(text);
    const safe = withSafeKeys(value);
    expect(findUnsafeKey(safe)).toBeUndefined();
    expect(superjson.parse(superjson.stringify(safe))).toEqual(safe);
    expect(parseForClients(text)).toEqual(safe);
    if (findUnsafeKey(value) === undefined) expect(safe).toBe(value);
    // Every key is still there, and every value.
    const marks = (one: JsonValue): number => JSON.stringify(one).replaceAll("_", "").length;
    expect(marks(safe)).toBe(marks(value));
  },
);
