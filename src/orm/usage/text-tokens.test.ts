import { expect, it } from "vitest";

import counts from "../../../test/fixtures/token-counts.json" with { type: "json" };
import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { bytesTokens, textTokens, typicalTokens } from "./text-tokens.ts";

/** Texts with their tokens, as the tokenizers of GPT-4, GPT-4o, Llama 3 and Claude 2 counted them. */
const measured = Object.entries(counts);

it.each(measured)("counts no fewer tokens than a real tokenizer: %s", (_name, { text, tokens }) => {
  const most = Math.max(...Object.values(tokens));
  expect(textTokens(text)).toBeGreaterThanOrEqual(most);
  expect(textTokens(text)).toBeLessThanOrEqual(most * 3.5);
});

it("counts no fewer tokens than a real tokenizer for any mixture of texts", () => {
  const random = new SeededRandom("tokens");
  for (let round = 0; round < 500; round++) {
    const parts = Array.from({ length: random.between(1, 12) }, () => random.pick(measured)[1]);
    const text = parts.map((part) => part.text).join("\n");
    const names = ["cl100k_base", "o200k_base", "llama-3", "claude-2"] as const;
    for (const name of names) {
      const sum = parts.reduce((total, part) => total + part.tokens[name], 0);
      expect(textTokens(text)).toBeGreaterThanOrEqual(sum);
    }
  }
});

it("grows with each piece, and counts no more than four tokens for a character", () => {
  const random = new SeededRandom("pieces");
  const characters = measured.flatMap(([, { text }]) => Array.from(text));
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random.between(0, 60) }, () => random.pick(characters)).join(
      "",
    );
    const more = text + random.pick(characters);
    expect(textTokens(more)).toBeGreaterThanOrEqual(textTokens(text) - 1);
    expect(textTokens(text)).toBeLessThanOrEqual(Array.from(text).length * 4);
  }
  expect(textTokens("")).toBe(0);
});

it("knows from the size alone what nearly all texts have at most", () => {
  const rare = ["amharic"];
  for (const [name, { text, tokens }] of measured) {
    if (rare.includes(name)) continue;
    const most = Math.max(...Object.values(tokens));
    expect(bytesTokens(Buffer.byteLength(text)), name).toBeGreaterThanOrEqual(most);
  }
});

it("takes four characters of ASCII, and three bytes of any other, for a usual token", () => {
  expect([0, 1, 4, 5].map((length) => typicalTokens("x".repeat(length)))).toEqual([0, 1, 1, 2]);
  expect(typicalTokens("你好")).toBe(2);
  expect(typicalTokens("xxxx你好xxxx")).toBe(4);
});
