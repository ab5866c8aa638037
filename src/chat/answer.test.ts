import { describe, expect, it } from "vitest";

import { applyEvents } from "../../test/support/apply-events.ts";
import { fakeMessage } from "../../test/support/fake-message.ts";
import { applyEvent, hasGap } from "./apply-event.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall } from "./chat-message.ts";
import { Answer } from "./answer.ts";
import { formatCursor, parseCursor, startCursor } from "./stream-cursor.ts";
import { TextLog } from "../shared/text-log.ts";

const placeholder = fakeMessage({ id: "m", status: "pending" });

const call = (toolCallId: string, result: string | null): ChatToolCall => ({
  toolCallId,
  name: "look",
  arguments: {},
  result,
  status: result === null ? "running" : "complete",
});

/** Numbers that repeat for a seed: https://en.wikipedia.org/wiki/Lehmer_random_number_generator. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

describe("Answer", () => {
  it.each(Array.from({ length: 200 }, (_, index) => index + 1))(
    "give every reader the same message, whatever it missed and got twice (seed %i)",
    (seed) => {
      const next = random(seed);
      const live = new Answer(placeholder);
      const readers = Array.from({ length: 4 }, () => ({
        message: placeholder,
        cursor: startCursor,
      }));
      let open: string | null = null;
      for (let step = 0; step < 60; step++) {
        const kind = next(5);
        if (kind < 2) live.append("text", `t${step} `);
        else if (kind === 2) live.append("thinking", `h${step} `);
        else if (open === null) live.setToolCall(call((open = `call${step}`), null));
        else {
          live.setToolCall(call(open, `result${step}`));
          open = null;
        }
        for (const reader of readers) {
          if (next(3) > 0) continue;
          const delta = live.since(reader.cursor);
          const events = delta?.events ?? [];
          reader.message = applyEvents(reader.message, events);
          // A connection may break between two events, and an event may come again.
          if (next(4) === 0) reader.message = applyEvents(reader.message, events);
          if (next(4) > 0 && delta !== null) reader.cursor = delta.cursor;
          if (next(10) === 0)
            reader.message = applyEvent(reader.message, {
              type: "snapshot",
              message: live.snapshot(),
            });
        }
      }
      const expected = live.snapshot();
      expect(expected.parts.map((part) => (part.type === "text" ? part.text : "")).join("")).toBe(
        expected.content,
      );
      for (const reader of readers) {
        const seen = applyEvents(reader.message, live.since(reader.cursor)?.events ?? []);
        expect(seen).toEqual({ ...expected, status: seen.status });
        expect(applyEvents(placeholder, live.since(startCursor)?.events ?? []).content).toBe(
          expected.content,
        );
      }
    },
  );

  it("gives a reader that has everything nothing, and one that is ahead a snapshot", () => {
    const live = new Answer(placeholder);
    live.append("text", "abc");
    expect(live.since(live.cursor)).toEqual({ events: [], cursor: live.cursor });
    expect(live.since({ ...startCursor, content: 4 })).toBeNull();
  });

  it("tells that a call was allowed, also those who come back, and does not count it in the id", () => {
    const held: ChatToolCall = { ...call("c1", null), status: "awaiting_approval" };
    const live = new Answer(placeholder);
    live.setToolCall(held);
    const before = live.cursor;
    live.setToolCall(call("c1", null));
    live.setToolCall(held);
    const allowed = { type: "tool", toolCall: call("c1", null) };
    expect(formatCursor(live.cursor)).toBe(formatCursor(before));
    const returned = parseCursor(formatCursor(before)) ?? startCursor;
    // Also where the answer was taken up later.
    const elsewhere = new Answer(live.snapshot());
    for (const events of [live.since(before), live.since(returned), elsewhere.since(returned)])
      expect(events?.events).toEqual([allowed]);
    expect(live.since(live.cursor)?.events).toEqual([]);
    expect(elsewhere.since(elsewhere.cursor)?.events).toEqual([]);
    live.setToolCall(call("c1", "removed"));
    expect(live.since(before)?.events).toEqual([{ type: "tool", toolCall: call("c1", "removed") }]);
  });

  it("ends with the message as it was settled, for early and late readers", async () => {
    const live = new Answer(placeholder);
    const changed = live.changed(new AbortController().signal);
    live.append("text", "abc");
    await changed;
    const message: ChatMessage = { ...placeholder, status: "complete", content: "abc" };
    live.finish(message);
    live.append("text", "late");
    expect(live.since(startCursor)?.events).toEqual([{ type: "done", message }]);
    expect(live.snapshot()).toBe(message);
  });

  it("wakes a reader whose signal aborts", async () => {
    const live = new Answer(placeholder);
    const controller = new AbortController();
    const waiting = live.changed(controller.signal);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
  });

  it("costs what the new text costs, however long the answer is", () => {
    const live = new Answer(placeholder);
    for (let index = 0; index < 100_000; index++) live.append("text", "0123456789");
    const events = live.since({ ...startCursor, content: 999_990 })?.events;
    expect(events).toEqual([{ type: "text", at: 999_990, text: "0123456789" }]);
  });
});

describe("applyEvent", () => {
  it("changes nothing, not even the object, for what is already there", () => {
    const one = applyEvent(placeholder, { type: "text", at: 0, text: "abc" });
    expect(applyEvent(one, { type: "text", at: 0, text: "abc" })).toBe(one);
    expect(applyEvent(one, { type: "text", at: 1, text: "bcd" }).content).toBe("abcd");
  });

  it("does not take text away for a snapshot that knows less", () => {
    const one = applyEvent(placeholder, { type: "text", at: 0, text: "abc" });
    expect(applyEvent(one, { type: "snapshot", message: placeholder })).toBe(one);
  });

  it("leaves a gap open and says so", () => {
    const event: ChatEvent = { type: "text", at: 5, text: "x" };
    expect(applyEvent(placeholder, event)).toBe(placeholder);
    expect(hasGap(placeholder, event)).toBe(true);
    expect(hasGap({ ...placeholder, status: "complete" }, event)).toBe(false);
  });

  it("takes nothing but the end after the end", () => {
    const ended: ChatMessage = { ...placeholder, status: "stopped", content: "ab" };
    expect(applyEvent(ended, { type: "text", at: 2, text: "c" })).toBe(ended);
    expect(
      applyEvent(ended, { type: "snapshot", message: { ...placeholder, content: "abc" } }),
    ).toBe(ended);
    expect(applyEvent(ended, { type: "tool", toolCall: call("x", null) })).toBe(ended);
  });

  it("does not go back from a tool's result", () => {
    const done = applyEvent(placeholder, { type: "tool", toolCall: call("x", "result") });
    expect(applyEvent(done, { type: "tool", toolCall: call("x", null) })).toBe(done);
  });
});

describe("TextLog", () => {
  it("slices like a string", () => {
    const log = new TextLog();
    const text = "The quick brown fox jumps over the lazy dog";
    for (const word of text.split(/(?<= )/)) log.append(word);
    for (let start = 0; start <= text.length + 1; start++) {
      for (let end = start; end <= text.length; end++)
        expect(log.slice(start, end)).toBe(text.slice(start, end));
    }
    expect(String(log)).toBe(text);
  });

  it("slices like a string after many small pieces", () => {
    const log = new TextLog();
    let text = "";
    for (let index = 0; index < 200; index++) {
      const piece = `${index} `;
      log.append(piece);
      text += piece;
      const start = Math.max(0, text.length - index * 3);
      expect(log.slice(start)).toBe(text.slice(start));
      expect(log.slice(start, start + 40)).toBe(text.slice(start, start + 40));
    }
    expect(String(log)).toBe(text);
  });
});

describe("the cursor", () => {
  it("survives its own format, and nothing else does", () => {
    const cursor = { content: 10, thinking: 2, tools: 1, decisions: 0 };
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    for (const id of ["", "end", "1.2", "1.2.3.4", "-1.2.3", "1.2.x", "99999999999.0.0"])
      expect(parseCursor(id)).toBeNull();
  });
});
