import { afterEach, expect, test, vi } from "vitest";
import { randomId } from "./message-draft.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

afterEach(() => vi.unstubAllGlobals());

test("is a UUID", () => {
  expect(randomId()).toMatch(uuid);
});

test("is a UUID where the page has no secure context", () => {
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  vi.stubGlobal("crypto", { getRandomValues });
  expect(randomId()).toMatch(uuid);
  expect(randomId()).not.toBe(randomId());
});
