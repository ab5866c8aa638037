import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer } from "../../../test/support/fakes/fake-chat-server.ts";
import { applyEvents } from "../../../test/support/clients/apply-events.ts";
import { SeededRandom } from "../../../test/support/seeded-random.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import { readAnswer } from "./read-answer.ts";
import { toSource } from "../connection/subscription-source.ts";

const frame = 20;

const call: ChatToolCall = {
  toolCallId: "",
  name: "look",
  arguments: {},
  output: null,
  progress: null,
  result: "seen",
  status: "complete",
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(message: Partial<ChatMessage> = {}) {
  const server = new FakeChatServer();
  const written: ChatMessage[] = [];
  const connections: string[] = [];
  const close = readAnswer({
    message: fakeMessage({ id: "answer", status: "pending", ...message }),
    source: toSource(server.subscribe("answer")),
    onChange: (next) => written.push(next),
    onConnectionStateChange: (connection) => connections.push(connection),
  });
  return { server, close, written, connections };
}

function drawFrame(): void {
  vi.advanceTimersByTime(frame);
}

test("changes are reported once per frame, however many events arrive", () => {
  const { server, written } = open();
  for (let at = 0; at < 100; at++) server.stream.text(at, "x");
  expect(written).toHaveLength(0);
  drawFrame();
  expect(written.map((message) => message.content)).toEqual(["x".repeat(100)]);
});

test.each(Array.from({ length: 100 }, (_, seed) => seed))(
  "reads what the events say, however they are spread over frames (seed %i)",
  (seed) => {
    const random = new SeededRandom(`read ${seed}`);
    const { server, written } = open();
    const ends = { text: 0, thinking: 0 };
    const events: ChatEvent[] = Array.from({ length: 60 }, (_, index) => {
      const kind = random.between(0, 9);
      if (kind === 0) return { type: "tool", toolCall: { ...call, toolCallId: `${index}` } };
      if (kind === 1)
        return { type: "data", part: { type: "data", name: "n", id: `${index % 3}`, data: index } };
      const type = kind < 8 ? "text" : "thinking";
      const text = `${index} `;
      // Some begin with text that is there already.
      const at = ends[type] - random.between(0, Math.min(2, ends[type]));
      ends[type] = Math.max(ends[type], at + text.length);
      return { type, at, text };
    });
    for (const [index, event] of events.entries()) {
      server.stream.emit(String(index), event);
      if (random.chance(1 / 6)) drawFrame();
    }
    drawFrame();
    const placeholder = fakeMessage({ id: "answer", status: "pending" });
    expect({ ...written.at(-1), siblings: null }).toEqual({
      ...applyEvents(placeholder, events),
      siblings: null,
    });
  },
);

test("a repeated event changes nothing", () => {
  const { server, written } = open();
  server.stream.text(0, "Hello");
  drawFrame();
  server.stream.text(0, "Hello");
  server.stream.text(3, "lo");
  drawFrame();
  expect(written).toHaveLength(1);
});

test("an outdated snapshot does not shorten the text", () => {
  const { server, written } = open({ content: "Hello", status: "streaming" });
  const outdated = fakeMessage({ id: "answer", status: "streaming", content: "Hel" });
  server.stream.emit("3.0.0", { type: "snapshot", message: outdated });
  drawFrame();
  server.stream.text(3, "lo, you");
  drawFrame();
  expect(written.map((message) => message.content)).toEqual(["Hello, you"]);
});

test("a gap requests a snapshot", () => {
  const { server, written, connections } = open();
  server.stream.text(0, "Hello");
  drawFrame();
  server.stream.text(9, "lost");
  drawFrame();
  expect(server.openStreams).toBe(0);
  vi.advanceTimersByTime(25);
  expect(server.stream.input).toEqual({ messageId: "answer" });
  const whole = fakeMessage({ id: "answer", status: "streaming", content: "Hello and lost" });
  server.stream.emit("14.0.0", { type: "snapshot", message: whole });
  drawFrame();
  expect(written.at(-1)?.content).toBe("Hello and lost");
  expect(connections).toEqual([]);
});

test("a gap before the end opens no second stream", () => {
  const { server, written } = open();
  server.stream.text(9, "lost");
  server.stream.done(fakeMessage({ id: "answer", content: "The whole answer" }));
  drawFrame();
  vi.advanceTimersByTime(60_000);
  expect(written.map((message) => message.content)).toEqual(["The whole answer"]);
  expect(server.streams).toHaveLength(1);
});

test("the end closes the stream for good", () => {
  const { server, written, connections } = open();
  server.stream.done(fakeMessage({ id: "answer", content: "Done" }));
  drawFrame();
  vi.advanceTimersByTime(60_000);
  expect(written.at(-1)?.status).toBe("complete");
  expect(server.streams).toHaveLength(1);
  expect(server.openStreams).toBe(0);
  expect(connections).toEqual([]);
});

test("nothing is reported after it was closed", () => {
  const { server, close, written } = open();
  server.stream.text(0, "Hello");
  close();
  vi.advanceTimersByTime(60_000);
  expect(written).toHaveLength(0);
  expect(server.openStreams).toBe(0);
});
