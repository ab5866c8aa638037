import { expect, it } from "vitest";
import { cleanTitle } from "./clean-title.ts";

it.each([
  ["Trip to Oslo", "Trip to Oslo"],
  ['"Trip to Oslo."', "Trip to Oslo"],
  ["**Trip to Oslo**", "Trip to Oslo"],
  ["Title: “Trip to Oslo”", "Trip to Oslo"],
  ["# Trip to Oslo\n\nHere is why I chose it.", "Trip to Oslo"],
  ["\n  Trip\tto   Oslo  \r\n", "Trip to Oslo"],
  ["<think>The user wants\na title.</think>\nTrip to Oslo", "Trip to Oslo"],
  ["<think>It never ends", ""],
  ["Trip\u0000 to\u202E Oslo", "Trip to Oslo"],
  ["Rock 'n' roll", "Rock 'n' roll"],
  ["What's new in Node 20.", "What's new in Node 20"],
  ["And then…", "And then…"],
  ["And then...", "And then..."],
  ["Reise nach Österreich", "Reise nach Österreich"],
  ['""', ""],
  [" \n ", ""],
])("turns %j into the title %j", (text, title) => {
  expect(cleanTitle(text)).toBe(title);
});

it("cuts a long title between two words and never inside a character", () => {
  expect(cleanTitle("word ".repeat(30))).toBe(`${"word ".repeat(15).trim()}…`);
  const emoji = cleanTitle("🦊".repeat(60));
  expect(emoji).toBe(`${"🦊".repeat(39)}…`);
  expect(cleanTitle("Trip to Oslo", 8)).toBe("Trip to…");
});
