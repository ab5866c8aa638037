import { runInNewContext } from "node:vm";

import { expect, it } from "vitest";

import { isPlainObject } from "./is-plain-object.ts";

class Session {
  readonly user = "u1";
}

it.each([
  {},
  { a: 1 },
  JSON.parse('{"__proto__":{}}'),
  Object.create(null),
  runInNewContext("({})"),
])("%o is a plain object", (value) => {
  expect(isPlainObject(value)).toBe(true);
});

it.each([
  null,
  undefined,
  "a",
  1,
  [],
  new Date(),
  new Map(),
  new Session(),
  Object.create({ a: 1 }),
  () => ({}),
  Promise.resolve({}),
])("%o is none", (value) => {
  expect(isPlainObject(value)).toBe(false);
});
