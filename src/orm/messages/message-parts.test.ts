import { describe, expect, it } from "vitest";

import type { MessagePart } from "../../chat/chat-message.ts";
import { decodeParts, encodeParts } from "./message-parts.ts";

describe("the order of parts", () => {
  it("comes back as it was, with its text from the columns", () => {
    const parts: (MessagePart & { signature?: string })[] = [
      { type: "thinking", text: "Hm.", signature: "s1" },
      { type: "text", text: "Let me look. " },
      { type: "tool", toolCallId: "a" },
      { type: "tool", toolCallId: "b" },
      { type: "thinking", text: "Ah." },
      { type: "text", text: "Done 👍" },
    ];
    const stored = encodeParts(parts);
    expect(stored).toBe(
      '[["thinking",3,"s1"],["text",13],["tool","a"],["tool","b"],["thinking",3],["text",7]]',
    );
    const decoded = decodeParts(stored, "Let me look. Done 👍", "Hm.Ah.", ["a", "b"]);
    expect(decoded.map((entry) => entry.part)).toEqual(
      parts.map(({ signature: _signature, ...part }) => part),
    );
    expect(decoded.map((entry) => entry.signature)).toEqual(["s1", null, null, null, null, null]);
  });

  it("is thinking, tools, text for rows that have none", () => {
    const decoded = decodeParts(null, "Text", "Thought", ["a"]).map((entry) => entry.part.type);
    expect(decoded).toEqual(["thinking", "tool", "text"]);
  });

  it("loses no text when the column has more than the order says, and no sense when it is not ours", () => {
    expect(decodeParts('[["text",2]]', "abcd", "", []).map((entry) => entry.part)).toEqual([
      { type: "text", text: "ab" },
      { type: "text", text: "cd" },
    ]);
    expect(decodeParts("not json", "abcd", "", []).map((entry) => entry.part)).toEqual([
      { type: "text", text: "abcd" },
    ]);
    expect(
      decodeParts('[["text"],7,["tool","gone"]]', "abcd", "", []).map((entry) => entry.part),
    ).toEqual([{ type: "text", text: "abcd" }]);
  });

  it("is nothing for an answer without anything", () => {
    expect(encodeParts([])).toBeNull();
    expect(encodeParts([{ type: "text", text: "" }])).toBeNull();
    expect(decodeParts(null, "", "", [])).toEqual([]);
  });
});
