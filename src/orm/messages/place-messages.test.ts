import { expect, it } from "vitest";

import type { PlacedMessage } from "./place-messages.ts";
import { planPlacements } from "./place-messages.ts";

const row = (
  id: string,
  position: number | null = null,
  parentId: string | null = null,
  active = true,
): PlacedMessage => ({
  id,
  role: id.startsWith("Q") ? "user" : "assistant",
  createdAt: new Date(0),
  position,
  parentId,
  active,
});

const plan = (rows: readonly PlacedMessage[]): string[] =>
  planPlacements(rows).map(({ id, position, parentId }) => `${id} ${position} ${parentId}`);

it("numbers messages without a place, each after the one before", () => {
  expect(plan([row("Q1"), row("A1"), row("Q2")])).toEqual(["Q1 1 null", "A1 2 Q1", "Q2 3 A1"]);
});

it("changes nothing where everything has its place", () => {
  expect(plan([row("Q1", 1), row("A1", 3, "Q1"), row("A1b", 4, "Q1", false)])).toEqual([]);
});

it("puts old messages before those that have a place", () => {
  expect(plan([row("Q1"), row("A1"), row("Q2", 1), row("A2", 2, "Q2")])).toEqual([
    "Q1 1 null",
    "A1 2 Q1",
    "Q2 3 A1",
    "A2 4 Q2",
  ]);
});

it("puts a message in between, and what followed follows it, on all branches", () => {
  const rows = [
    row("Q1", 1),
    row("A1", 2, "Q1"),
    row("Qx"),
    row("Ax"),
    row("Q2", 3, "A1", false),
    row("Q2b", 5, "A1"),
    row("A2b", 6, "Q2b"),
  ];
  expect(plan(rows)).toEqual(["Qx 3 A1", "Ax 4 Qx", "Q2 5 Ax", "Q2b 6 Ax", "A2b 7 Q2b"]);
});

it("leaves an answer with its question", () => {
  const rows = [row("Q1", 1), row("A1", 2, "Q1", false), row("Ax"), row("A1b", 3, "Q1")];
  expect(plan(rows)).toEqual(["Ax 3 Q1", "A1b 4 Q1"]);
});

it("keeps a parent that the other program has set", () => {
  expect(plan([row("Q1", 1), row("A1", 2, "Q1"), row("A1b", null, "Q1")])).toEqual(["A1b 3 Q1"]);
});
