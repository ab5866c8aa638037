import { expect, it } from "vitest";

import { SeededRandom } from "../../../test/support/seeded-random.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { everyone, scopeKey } from "./scope-key.ts";

it("is the scope's columns as JSON, in the order of their names", () => {
  expect(scopeKey({ userId: "u1" })).toBe('{"userId":"u1"}');
  expect(scopeKey({ userId: 7n, tenant: 'a"b', isTrial: false })).toBe(
    '{"isTrial":false,"tenant":"a\\"b","userId":7}',
  );
  expect(scopeKey({})).toBe(everyone);
});

it("hashes a key that would not fit into a column", () => {
  const long = scopeKey({ userId: "u".repeat(5_000) });
  expect(long).toMatch(/^sha256:[\da-f]{64}$/);
  expect(long).not.toBe(scopeKey({ userId: "u".repeat(5_001) }));
});

it("differs exactly when the scopes differ", () => {
  const random = new SeededRandom("scopes");
  const texts = [
    "",
    "u",
    "u1",
    '"',
    "\\",
    ",",
    '":"',
    "{",
    "}",
    'u1","tenant":"t',
    "\0",
    "ä",
    "\u{1F600}",
  ];
  const columns = ["userId", "tenant", "a", 'a":"b'];
  const byKey = new Map<string, string>();
  for (let round = 0; round < 5_000; round++) {
    const scope: Row = {};
    const count = random.between(1, 3);
    for (let index = 0; index < count; index++)
      scope[random.pick(columns)] = random.pick<unknown>([...texts, 0, 1, -1.5, true, false]);
    const sorted = Object.entries(scope).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const meaning = JSON.stringify(sorted);
    const key = scopeKey(scope);
    expect(scopeKey(Object.fromEntries(sorted.toReversed()))).toBe(key);
    expect(byKey.get(key) ?? meaning).toBe(meaning);
    byKey.set(key, meaning);
  }
  expect(byKey.size).toBeGreaterThan(500);
});
