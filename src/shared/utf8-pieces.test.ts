import { expect, it } from "vitest";

import { SeededRandom } from "../../test/support/seeded-random.ts";
import { Utf8Pieces } from "./utf8-pieces.ts";

const mark = "\uFEFF";
const characters = ["a", " ", "\n", "ä", "€", "😀", mark];

/** Text with all lengths of characters, some bytes that are none, and sometimes a mark at its beginning. */
function randomBytes(random: SeededRandom): Uint8Array {
  const pick = <Item>(items: readonly Item[]): Item | undefined =>
    items[Math.floor(random.next() * items.length)];
  const bytes: number[] = random.next() < 0.3 ? [...Buffer.from(mark)] : [];
  for (let count = 0; count < 60; count++) {
    if (random.next() < 0.05) bytes.push(Math.floor(random.next() * 256));
    else bytes.push(...Buffer.from(pick(characters) ?? ""));
  }
  return Uint8Array.from(bytes);
}

it.each(Array.from({ length: 200 }, (_, seed) => seed))(
  "decodes pieces like a `TextDecoder` (seed %i)",
  (seed) => {
    const random = new SeededRandom(`pieces ${seed}`);
    const bytes = randomBytes(random);
    const pieces = new Utf8Pieces();
    const decoder = new TextDecoder();
    for (let at = 0; at < bytes.length;) {
      const next = at + Math.floor(random.next() * 8);
      const piece = bytes.subarray(at, next);
      expect(pieces.push(piece)).toBe(decoder.decode(piece, { stream: true }));
      at = next;
    }
    expect(pieces.end()).toBe(decoder.decode());
  },
);
