import { expect, it } from "vitest";

import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import { emptyMessage } from "../database/rows.ts";
import { savedAnswer } from "./recover.ts";

const row: MessageRow = emptyMessage("m", "chat", "assistant", new Date(0));

const call = (toolCallId: string): ToolCallRow => ({
  id: toolCallId,
  messageId: "m",
  toolCallId,
  name: "look",
  arguments: "{}",
  thought: null,
  thoughtSignature: null,
  result: null,
  createdAt: new Date(0),
  status: "running",
});

it("puts the entries of the log after what the row has", () => {
  const saved = savedAnswer(
    { ...row, content: "May I? ", thinkingText: "Hm. ", parts: '[["thinking",4,"s"],["text",7]]' },
    [
      { kind: "beat" },
      { kind: "text", text: "Yes. " },
      { kind: "thinking", text: "So. " },
      { kind: "text", text: "Done." },
    ],
    [],
  );
  expect(saved).toEqual({
    content: "May I? Yes. Done.",
    thinkingText: "Hm. So. ",
    parts: '[["thinking",4,"s"],["text",12],["thinking",4],["text",5]]',
  });
});

it("puts a tool call where its entry is, and one without an entry at the end", () => {
  const saved = savedAnswer(
    row,
    [
      { kind: "text", text: "Look: " },
      { kind: "tool", toolCallId: "c1" },
      { kind: "tool", toolCallId: "deleted" },
      { kind: "text", text: "I saw." },
    ],
    [call("c2"), call("c1")],
  );
  expect(saved.parts).toBe('[["text",6],["tool","c1"],["text",6],["tool","c2"]]');
});

it("leaves the columns of an answer without text empty", () => {
  expect(savedAnswer(row, [{ kind: "beat" }], [])).toEqual({
    content: null,
    thinkingText: null,
    parts: null,
  });
});
