import { expect, it } from "vitest";

import { orderMessages } from "./message-order.ts";

const at = (id: string, time: number, position: number | null = null) => ({
  id,
  role: id.startsWith("Q") ? "user" : "assistant",
  createdAt: new Date(time),
  position,
});

const order = (
  rows: readonly ReturnType<typeof at>[],
  written: readonly string[] = [],
  isSure = false,
): string => {
  const places = new Map(written.map((id, index) => [id, index]));
  return orderMessages(rows, places, { isSure })
    .map((row) => row.id)
    .join(" ");
};

it("sorts by position, whatever the time", () => {
  expect(order([at("Q2", 1, 3), at("A1", 9, 2), at("Q1", 5, 1)])).toBe("Q1 A1 Q2");
});

it("sorts rows without a position by their time, and by the order of writing", () => {
  const rows = [at("A1", 5), at("Q1", 5), at("Q2", 5), at("A2", 7)];
  expect(order(rows, ["Q1", "A1", "Q2", "A2"])).toBe("Q1 A1 Q2 A2");
});

it("puts a question before the answer of the same millisecond when the order is not known", () => {
  expect(order([at("A1", 5), at("Q1", 5), at("A2", 7), at("Q2", 7)])).toBe("Q1 A1 Q2 A2");
  // The question before has no answer yet, so this one is the answer to it.
  expect(order([at("Q1", 4), at("A1", 5), at("Q2", 5)])).toBe("Q1 A1 Q2");
});

it("trusts a database that is sure", () => {
  expect(order([at("Q1", 5), at("A1", 5)], ["A1", "Q1"], true)).toBe("A1 Q1");
  expect(order([at("Q1", 5), at("A1", 5)], ["A1", "Q1"], false)).toBe("Q1 A1");
});

it("puts rows without a position after those that are not newer", () => {
  const placed = [at("Q1", 10, 1), at("A1", 10, 2), at("Q2", 20, 3), at("A2", 20, 4)];
  expect(order([at("Qx", 15), at("Az", 99), ...placed, at("Qa", 1)])).toBe("Qa Q1 A1 Qx Q2 A2 Az");
  // A clock that went back does not tear the others apart.
  const back = [at("Q1", 10, 1), at("A1", 10, 2), at("Q2", 5, 3), at("A2", 5, 4)];
  expect(order([at("Qx", 7), ...back])).toBe("Q1 A1 Q2 A2 Qx");
});
