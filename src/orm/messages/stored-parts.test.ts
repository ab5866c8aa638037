import { describe, expect, it } from "vitest";

import type { MessagePart } from "../../chat/chat-message.ts";
import { decodeParts, encodeParts } from "./stored-parts.ts";

describe("encodeParts and decodeParts", () => {
  it("keep the order of parts, and take their text from the columns", () => {
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

  it("put thinking first, then tools, then text, in a row without an order", () => {
    const decoded = decodeParts(null, "Text", "Thought", ["a"]).map((entry) => entry.part.type);
    expect(decoded).toEqual(["thinking", "tool", "text"]);
  });

  it("lose no text when the order is too short, malformed or written by others", () => {
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

  it("are empty for an empty answer", () => {
    expect(encodeParts([])).toBeNull();
    expect(encodeParts([{ type: "text", text: "" }])).toBeNull();
    expect(decodeParts(null, "", "", [])).toEqual([]);
  });
});
