import { expect, it } from "vitest";

import type { LogEntry } from "./log-entry.ts";
import { decodeEntry, encodeEntry } from "./log-entry.ts";

const place = { messageId: "m", seq: 3, at: 250 };

const entries: readonly LogEntry[] = [
  { kind: "text", text: "One " },
  { kind: "thinking", text: "Hm. " },
  { kind: "tool", toolCallId: "c1" },
  { kind: "approval", timeoutMs: 60_000 },
  { kind: "writing", toolCallId: "c1", text: "look" },
  { kind: "arguments", toolCallId: "c1", text: '{"a' },
  { kind: "progress", toolCallId: "c1", revision: 12, text: '{"a b":" 1 2 "}' },
  { kind: "data", part: { type: "data", name: "source", id: "1", data: { a: [1] }, revision: 2 } },
  { kind: "beat" },
  { kind: "stop" },
  { kind: "fence" },
  { kind: "resume" },
];

it.each(entries)("decodes an entry of the kind $kind as it was encoded", (entry) => {
  expect(decodeEntry(encodeEntry(entry, place))).toEqual({ ...place, ...entry });
});

it("gives each column one meaning", () => {
  const empty = { ...place, text: "", toolCallId: null, timeoutMs: null };
  const [text, , tool, approval, writing, , progress, data, beat] = entries.map((entry) =>
    encodeEntry(entry, place),
  );
  expect(text).toEqual({ ...empty, kind: "text", text: "One " });
  expect(tool).toEqual({ ...empty, kind: "tool", toolCallId: "c1" });
  expect(approval).toEqual({ ...empty, kind: "approval", timeoutMs: 60_000 });
  expect(writing).toEqual({ ...empty, kind: "writing", toolCallId: "c1", text: "look" });
  const report = '12 {"a b":" 1 2 "}';
  expect(progress).toEqual({ ...empty, kind: "progress", toolCallId: "c1", text: report });
  const json = '{"type":"data","name":"source","id":"1","data":{"a":[1]},"revision":2}';
  expect(data).toEqual({ ...empty, kind: "data", text: json });
  expect(beat).toEqual({ ...empty, kind: "beat" });
});

it.each(entries)("decodes an entry of the kind $kind without its text", (entry) => {
  const { kind, seq } = decodeEntry({ ...encodeEntry(entry, place), text: "" });
  expect({ kind, seq }).toEqual({ kind: entry.kind, seq: place.seq });
});

it("refuses an entry of a newer version", () => {
  const row = { ...encodeEntry({ kind: "beat" }, place), kind: "image" };
  expect(() => decodeEntry(row)).toThrow('unknown kind "image"');
});
