import { expect, it } from "vitest";
import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { TextFinder } from "./text-finder.ts";

it("ignores the case of every script, and takes nothing for a wildcard", () => {
  for (const [wanted, text] of [
    ["ÜBER", "Das steht über allem"],
    ["привет", "ПРИВЕТ!"],
    ["ΟΔΟΣ", "οδος"],
    ["οδοσ", "ΟΔΟΣ"],
    ["istanbul", "ISTANBUL"],
    ["100%", "It is 100% sure"],
    ["e_c", "snake_case"],
  ] as const)
    expect(new TextFinder(wanted).excerpt(text), wanted).not.toBeNull();
  for (const wanted of ["e%c", "e.c", "snake case", "snake_cases"])
    expect(new TextFinder(wanted).excerpt("snake_case"), wanted).toBeNull();
});

it("shows the text around the first place, cut between words", () => {
  const text = `${"before ".repeat(9)}the NEEDLE\nis here ${"after ".repeat(40)}`;
  expect(new TextFinder("needle").excerpt(text)).toMatch(
    /^…before before before the NEEDLE is here (after )+after…$/,
  );
  expect(new TextFinder("needle").excerpt("A needle.")).toBe("A needle.");
  expect(new TextFinder("x").excerpt(`${"字".repeat(300)}x${"字".repeat(300)}`)).toBe(
    `…${"字".repeat(30)}x${"字".repeat(90)}…`,
  );
});

it("finds the place after letters that are longer in lower case", () => {
  const text = `${"İ".repeat(50)} here ${"İ".repeat(200)}`;
  expect(new TextFinder("HERE").excerpt(text)).toMatch(/^…(İ+ )?here/);
});

it("contains the text that was wanted, and no half of a character", () => {
  const random = new SeededRandom("excerpts");
  const letters = Array.from("aAäÄßẞ 字\n🦊İσςΣ");
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: random.between(1, 300) }, () => random.pick(letters)).join(
      "",
    );
    const characters = Array.from(text);
    const from = random.between(0, characters.length - 1);
    const wanted = characters.slice(from, from + random.between(1, 20)).join("");
    const excerpt = new TextFinder(wanted).excerpt(text);
    expect(excerpt, JSON.stringify({ text, wanted })).not.toMatch(/\p{Cs}/u);
    const oneLine = wanted.trim().replaceAll(/\s+/g, " ").toLowerCase().replaceAll("ς", "σ");
    expect(excerpt?.toLowerCase().replaceAll("ς", "σ")).toContain(oneLine);
  }
});
