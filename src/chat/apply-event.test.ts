import { describe, expect, it } from "vitest";

import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { applyEvent, hasGap } from "./apply-event.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { ChatToolCall } from "./tool-call.ts";

const placeholder = fakeMessage({ id: "m", status: "pending" });

const running: ChatToolCall = {
  toolCallId: "c1",
  name: "look",
  arguments: {},
  output: null,
  progress: null,
  result: null,
  status: "running",
};
const ended: ChatToolCall = { ...running, result: "seen", status: "complete" };

describe("applyEvent", () => {
  it("returns the same object for what is already there, and adds only the rest of a text", () => {
    const one = applyEvent(placeholder, { type: "text", at: 0, text: "abc" });
    expect(applyEvent(one, { type: "text", at: 0, text: "abc" })).toBe(one);
    expect(applyEvent(one, { type: "text", at: 1, text: "bcd" }).content).toBe("abcd");
  });

  it("replaces the object of an answer, until its end", () => {
    const event: ChatEvent = { type: "object", object: { a: 1 } };
    const one = applyEvent(placeholder, { type: "object", object: {} });
    expect(applyEvent(one, event)).toEqual({ ...placeholder, object: { a: 1 } });
    const text = applyEvent(one, { type: "text", at: 0, text: "x" });
    expect(text).toMatchObject({ content: "x", object: {} });
    const done = { ...placeholder, status: "complete" as const };
    expect(applyEvent(done, event)).toBe(done);
  });

  it("ignores a snapshot with less text", () => {
    const one = applyEvent(placeholder, { type: "text", at: 0, text: "abc" });
    expect(applyEvent(one, { type: "snapshot", message: placeholder })).toBe(one);
  });

  it("ignores text after a gap, which hasGap reports", () => {
    const event: ChatEvent = { type: "text", at: 5, text: "x" };
    expect(applyEvent(placeholder, event)).toBe(placeholder);
    expect(hasGap(placeholder, event)).toBe(true);
    expect(hasGap({ ...placeholder, status: "complete" }, event)).toBe(false);
  });

  it("ignores everything but `done` after the end", () => {
    const stopped: ChatMessage = { ...placeholder, status: "stopped", content: "ab" };
    expect(applyEvent(stopped, { type: "text", at: 2, text: "c" })).toBe(stopped);
    expect(
      applyEvent(stopped, { type: "snapshot", message: { ...placeholder, content: "abc" } }),
    ).toBe(stopped);
    expect(applyEvent(stopped, { type: "tool", toolCall: running })).toBe(stopped);
  });

  it("keeps the result of a tool call", () => {
    const done = applyEvent(placeholder, { type: "tool", toolCall: ended });
    expect(applyEvent(done, { type: "tool", toolCall: running })).toBe(done);
  });
});
