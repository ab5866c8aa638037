import { describe, expect, it } from "vitest";

import { SeededRandom } from "../../test/support/seeded-random.ts";
import type { JsonValue } from "./json-value.ts";
import { parsePartialJson } from "./partial-json.ts";

const texts = ["", "a b", "\u00e4\u{1F469}", "\\", '"', "\\u12", "\n{[,:]}", "\uD83D\uDE00 end"];

function randomValue(random: SeededRandom, depth: number): JsonValue {
  const text = (): string => texts[random.between(0, texts.length - 1)] ?? "";
  switch (random.between(0, depth === 0 ? 3 : 5)) {
    case 0:
      return text() + text();
    case 1:
      return random.between(-1000, 1000) / 8;
    case 2:
      return random.chance(1 / 2);
    case 3:
      return null;
    case 4:
      return Array.from({ length: random.between(0, 4) }, () => randomValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.between(0, 4) }, (_, index) => [
          `${text()}${index}`,
          randomValue(random, depth - 1),
        ]),
      );
  }
}

/** Whether the second value is the first one, or has more at its end. */
function continues(before: JsonValue, after: JsonValue | undefined): boolean {
  if (typeof before === "string") return typeof after === "string" && after.startsWith(before);
  if (typeof before !== "object" || before === null) return before === after;
  if (typeof after !== "object" || after === null) return false;
  const next = new Map(Object.entries(after));
  return Object.entries(before).every(([key, value]) => continues(value, next.get(key)));
}

describe("parsePartialJson", () => {
  it.each(Array.from({ length: 60 }, (_, index) => index + 1))(
    "reads more and more of a text that is being written (seed %i)",
    (seed) => {
      const random = new SeededRandom(String(seed));
      const value = { value: randomValue(random, 4) };
      let json = JSON.stringify(value, null, random.between(0, 2));
      // Some providers escape everything that is not ASCII.
      if (random.chance(1 / 2))
        json = json.replaceAll(
          /[\u0080-\uFFFF]/g,
          (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
        );
      let before: JsonValue = {};
      for (let length = 1; length <= json.length; length++) {
        const parsed = parsePartialJson(json.slice(0, length));
        expect(continues(before, parsed), json.slice(0, length)).toBe(true);
        before = parsed ?? before;
      }
      expect(before).toEqual(value);
    },
  );

  it.each([
    ["", undefined],
    ['{"city":"Os', { city: "Os" }],
    ['{"city":"Oslo","da', { city: "Oslo" }],
    ['{"city":"Oslo","days":1', { city: "Oslo" }],
    ['{"city":"Oslo","days":12,', { city: "Oslo", days: 12 }],
    ['{"a":[{"b":tr', { a: [{}] }],
    ['{"a":"\\u00', { a: "" }],
    ['{"a":"\\\\u00', { a: "\\u00" }],
    ["no JSON at all, but text", undefined],
    ['{"a":nul1,"b":"c', undefined],
    ["}]", undefined],
  ])("reads %j as %j", (text, value) => {
    expect(parsePartialJson(text)).toEqual(value);
  });

  it("cuts off what is nested too deep, and never fails", () => {
    for (const text of [
      "[".repeat(500_000),
      '{"a":'.repeat(200_000),
      `{"a":"${"\\".repeat(999_999)}`,
    ]) {
      const depths = JSON.stringify(parsePartialJson(text));
      expect(depths.length).toBeLessThan(1_100_000);
    }
    expect(JSON.stringify(parsePartialJson("[".repeat(500_000)))).toBe(
      "[".repeat(100) + "]".repeat(100),
    );
  });
});
