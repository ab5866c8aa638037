import { expect, it } from "vitest";

import { Answer } from "./answer.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { startCursor } from "./stream-cursor.ts";
import { WrittenCall } from "./written-call.ts";

const piece = "four";

function write(length: number): { readonly sent: number; readonly last: number } {
  const written = new WrittenCall("c1", "write");
  let sent = 0;
  let last = 0;
  written.append('{"text":"');
  for (let at = 0; at < length; at += piece.length) {
    const call = written.append(piece);
    if (call === null) continue;
    last = JSON.stringify(call.arguments).length;
    sent += last;
  }
  return { sent, last };
}

it("costs the same for each character, however long the arguments are", () => {
  const short = write(10_000);
  const long = write(400_000);
  expect(long.sent / 400_000).toBeLessThan(66);
  expect(short.sent / 10_000).toBeLessThan(66);
  // Readers miss at most a 64th.
  expect(long.last).toBeGreaterThan(400_000 * (63 / 64));
});

it("shows each piece of short arguments, as far as it can be read", () => {
  const written = new WrittenCall("c1", "look");
  const shown = ['{"q', '":"a', " b", '","limit":1', "2", "}"].map(
    (text) => written.append(text)?.arguments,
  );
  expect(shown).toEqual([
    {},
    { q: "a" },
    { q: "a b" },
    { q: "a b" },
    { q: "a b" },
    { q: "a b", limit: 12 },
  ]);
});

it("shows an empty object for what is no JSON, and keeps what it could read", () => {
  expect(new WrittenCall("c1", "look").append("no JSON")?.arguments).toEqual({});
  const written = new WrittenCall("c1", "look");
  written.append('{"q":"a"');
  expect(written.append(",,")?.arguments).toEqual({ q: "a" });
  expect(new WrittenCall("c1", "look").append("[1,")?.arguments).toEqual({});
});

it("gives a slow reader one event for many pieces", () => {
  const answer = new Answer(fakeMessage({ id: "m", status: "pending" }));
  answer.writeToolCall("c1", "look", '{"q":"');
  const { cursor = startCursor } = answer.since(startCursor) ?? {};
  for (let count = 0; count < 100; count++) answer.writeToolCall("c1", "look", "x");
  const delta = answer.since(cursor);
  expect(delta?.events).toMatchObject([
    {
      type: "tool",
      toolCall: { status: "writing", arguments: { q: expect.stringMatching(/^x+$/) } },
    },
  ]);
  expect(answer.since(delta?.cursor ?? cursor)?.events).toEqual([]);
});
