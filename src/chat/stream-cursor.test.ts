import { expect, it } from "vitest";

import { formatCursor, parseCursor } from "./stream-cursor.ts";

it("parses the event ids that it formats, and no other text", () => {
  const cursor = { content: 10, thinking: 2, tools: 1, updates: 0 };
  expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
  for (const id of ["", "end", "1.2", "1.2.3.4", "-1.2.3", "1.2.x", "99999999999.0.0"])
    expect(parseCursor(id)).toBeNull();
});

it("does not format the approvals that one copy of the answer has counted", () => {
  expect(formatCursor({ content: 10, thinking: 2, tools: 1, updates: 7 })).toBe("10.2.1");
});
