import { describe, expect, it } from "vitest";

import { applyEvents } from "../../test/support/clients/apply-events.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { SeededRandom } from "../../test/support/seeded-random.ts";
import { applyEvent } from "./apply-event.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { ChatToolCall } from "./tool-call.ts";
import { Answer } from "./answer.ts";
import { formatCursor, parseCursor, startCursor } from "./stream-cursor.ts";

const placeholder = fakeMessage({ id: "m", status: "pending" });

const call = (toolCallId: string, result: string | null): ChatToolCall => ({
  toolCallId,
  name: "look",
  arguments: {},
  output: result,
  progress: null,
  result,
  status: result === null ? "running" : "complete",
});

describe("Answer", () => {
  it.each(Array.from({ length: 200 }, (_, index) => index + 1))(
    "gives every reader the same message, whatever it missed or got twice (seed %i)",
    (seed) => {
      const random = new SeededRandom(String(seed));
      const answer = new Answer(placeholder);
      const readers = Array.from({ length: 4 }, () => ({
        message: placeholder,
        cursor: startCursor,
      }));
      let open: string | null = null;
      for (let step = 0; step < 60; step++) {
        const kind = random.between(0, 5);
        if (kind < 2) answer.append("text", `t${step} `);
        else if (kind === 2) answer.append("thinking", `h${step} `);
        else if (kind === 5)
          answer.setData({
            type: "data",
            name: "source",
            id: String(random.between(0, 2)),
            data: { step },
            revision: step + 1,
          });
        else if (open === null) {
          open = `call${step}`;
          for (let left = random.between(0, 3); left > 0; left--)
            answer.writeToolCall(open, "look", `{"${left}":${left},`);
          if (random.chance(1 / 2)) answer.setToolCall(call(open, null));
        } else if (random.chance(1 / 2)) {
          if (answer.snapshot().toolCalls.at(-1)?.status !== "running")
            answer.setToolCall(call(open, null));
          answer.setProgress(open, { step }, step);
        } else {
          answer.setToolCall(call(open, `result${step}`));
          open = null;
        }
        for (const reader of readers) {
          if (!random.chance(1 / 3)) continue;
          const delta = answer.since(reader.cursor);
          const events = delta?.events ?? [];
          reader.message = applyEvents(reader.message, events);
          // After a broken connection an event may arrive again.
          if (random.chance(1 / 4)) reader.message = applyEvents(reader.message, events);
          if (random.chance(3 / 4) && delta !== null) reader.cursor = delta.cursor;
          if (random.chance(1 / 10))
            reader.message = applyEvent(reader.message, {
              type: "snapshot",
              message: answer.snapshot(),
            });
        }
      }
      const expected = answer.snapshot();
      expect(expected.parts.map((part) => (part.type === "text" ? part.text : "")).join("")).toBe(
        expected.content,
      );
      for (const reader of readers) {
        const seen = applyEvents(reader.message, answer.since(reader.cursor)?.events ?? []);
        expect(seen).toEqual({ ...expected, status: seen.status });
        expect(applyEvents(placeholder, answer.since(startCursor)?.events ?? []).content).toBe(
          expected.content,
        );
      }
    },
  );

  it("has no events for a reader that has everything, and null for one that is ahead", () => {
    const answer = new Answer(placeholder);
    answer.append("text", "abc");
    expect(answer.since(answer.cursor)).toEqual({ events: [], cursor: answer.cursor });
    expect(answer.since({ ...startCursor, content: 4 })).toBeNull();
  });

  it("tells readers of an approval, and again when they reconnect, because event ids do not count it", () => {
    const held: ChatToolCall = { ...call("c1", null), status: "awaiting_approval" };
    const answer = new Answer(placeholder);
    answer.setToolCall(held);
    const before = answer.cursor;
    answer.setToolCall(call("c1", null));
    answer.setToolCall(held);
    const allowed = { type: "tool", toolCall: call("c1", null) };
    expect(formatCursor(answer.cursor)).toBe(formatCursor(before));
    const returned = parseCursor(formatCursor(before)) ?? startCursor;
    // A copy that was created later knows of the approval, too.
    const elsewhere = new Answer(answer.snapshot());
    for (const events of [answer.since(before), answer.since(returned), elsewhere.since(returned)])
      expect(events?.events).toEqual([allowed]);
    expect(answer.since(answer.cursor)?.events).toEqual([]);
    expect(elsewhere.since(elsewhere.cursor)?.events).toEqual([]);
    answer.setToolCall(call("c1", "removed"));
    expect(answer.since(before)?.events).toEqual([
      { type: "tool", toolCall: call("c1", "removed") },
    ]);
  });

  it("ends with the saved message, for early and late readers", async () => {
    const answer = new Answer(placeholder);
    const changed = answer.changed(new AbortController().signal);
    answer.append("text", "abc");
    await changed;
    const message: ChatMessage = { ...placeholder, status: "complete", content: "abc" };
    answer.finish(message);
    answer.append("text", "late");
    expect(answer.since(startCursor)?.events).toEqual([{ type: "done", message }]);
    expect(answer.snapshot()).toBe(message);
  });

  it("wakes a reader whose signal aborts", async () => {
    const answer = new Answer(placeholder);
    const controller = new AbortController();
    const waiting = answer.changed(controller.signal);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
  });

  it("reads only the new text, however long the answer is", () => {
    const answer = new Answer(placeholder);
    for (let index = 0; index < 100_000; index++) answer.append("text", "0123456789");
    const events = answer.since({ ...startCursor, content: 999_990 })?.events;
    expect(events).toEqual([{ type: "text", at: 999_990, text: "0123456789" }]);
  });
});

describe("an answer that is JSON", () => {
  const objects = (answer: Answer, cursor = startCursor): readonly unknown[] =>
    (answer.since(cursor)?.events ?? []).flatMap((event) =>
      event.type === "object" ? [event.object] : [],
    );

  it("has what can be read of it, for each reader that has less of the text", () => {
    const answer = new Answer(placeholder, true);
    expect(answer.snapshot().object).toBeNull();
    answer.append("text", '{"a":');
    const { cursor } = answer;
    expect(objects(answer)).toEqual([{}]);
    expect(objects(answer, cursor)).toEqual([]);
    answer.append("text", "[1,");
    expect(objects(answer)).toEqual([{ a: [1] }]);
    expect(objects(answer, cursor)).toEqual([{ a: [1] }]);
    expect(answer.snapshot().object).toEqual({ a: [1] });
    expect(objects(answer, answer.cursor)).toEqual([]);

    // Another copy counts its changes by itself, and the text like this one.
    const copy = new Answer(answer.snapshot(), true);
    copy.setToolCall({ ...call("other", null), status: "running" });
    expect(objects(copy, cursor)).toEqual([{ a: [1] }]);
  });

  it("begins after the last tool call, and keeps what was shown until then", () => {
    const answer = new Answer(placeholder, true);
    answer.append("text", '{"thought":1}');
    answer.setToolCall(call("c1", null));
    answer.setToolCall(call("c1", "seen"));
    expect(answer.snapshot().object).toEqual({ thought: 1 });
    answer.append("text", '{"a":2}');
    expect(answer.snapshot().object).toEqual({ a: 2 });
    expect(new Answer(answer.snapshot(), true).snapshot().object).toEqual({ a: 2 });
    const copy = new Answer({ ...answer.snapshot(), object: null }, true);
    expect(copy.snapshot().object).toEqual({ a: 2 });
  });

  it("has no object for a text, and none when it is not JSON", () => {
    const text = new Answer(placeholder, true);
    text.append("text", "42 is what I say");
    expect([text.snapshot().object, objects(text)]).toEqual([null, []]);
    const plain = new Answer(placeholder);
    plain.append("text", '{"a":2}');
    expect([plain.snapshot().object, objects(plain)]).toEqual([null, []]);
  });
});

it("reads no JSON out of an answer whose object the schema has made", () => {
  const said = {
    id: "m",
    content: '{"a":"1"}',
    parts: [{ type: "text", text: '{"a":"1"}' }],
  } as const;
  for (const status of ["complete", "failed", "streaming"] as const)
    expect(
      new Answer(fakeMessage({ ...said, status, object: { a: 1 } }), true).snapshot().object,
    ).toEqual({ a: 1 });
  expect(new Answer(fakeMessage({ ...said, status: "failed" }), true).snapshot().object).toBeNull();
  const streaming = new Answer(fakeMessage({ ...said, status: "streaming" }), true);
  expect(streaming.snapshot().object).toEqual({ a: "1" });
});
