import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FakeStream } from "../../../test/support/fake-chat-server.ts";
import { FakeChatServer, FakeServerError } from "../../../test/support/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fake-message.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { readAnswer } from "./read-answer.ts";
import { toSource } from "../connection/subscription-source.ts";

const frame = 16;

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
  const refusals: unknown[] = [];
  const close = readAnswer({
    message: fakeMessage({ id: "answer", status: "pending", ...message }),
    source: toSource(server.subscribe("answer")),
    onChange: (next) => written.push(next),
    onConnectionStateChange: (connection) => connections.push(connection),
    onError: (error) => refusals.push(error),
  });
  return { server, close, written, connections, refusals };
}

function drawFrame(): void {
  vi.advanceTimersByTime(frame);
}

test("writes once per frame, however many events come", () => {
  const { server, written } = open();
  for (let at = 0; at < 100; at++) server.stream.text(at, "x");
  expect(written).toHaveLength(0);
  drawFrame();
  expect(written.map((message) => message.content)).toEqual(["x".repeat(100)]);
});

test("a repeated event writes nothing", () => {
  const { server, written } = open();
  server.stream.text(0, "Hello");
  drawFrame();
  server.stream.text(0, "Hello");
  server.stream.text(3, "lo");
  drawFrame();
  expect(written).toHaveLength(1);
});

test("a snapshot that knows less takes nothing away", () => {
  const { server, written } = open({ content: "Hello", status: "streaming" });
  const behind = fakeMessage({ id: "answer", status: "streaming", content: "Hel" });
  server.stream.emit("3.0.0", { type: "snapshot", message: behind });
  drawFrame();
  server.stream.text(3, "lo, you");
  drawFrame();
  expect(written.map((message) => message.content)).toEqual(["Hello, you"]);
});

test("a gap asks for a snapshot", () => {
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

test("a gap before the end needs no second stream", () => {
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

const breaks: readonly (readonly [string, (stream: FakeStream) => void])[] = [
  ["a broken connection", (stream) => stream.drop()],
  ["an error of the network", (stream) => stream.fail(new Error("fetch failed"))],
  ["a server that is away", (stream) => stream.fail(new FakeServerError("SERVICE_UNAVAILABLE"))],
  ["an end without `done`", (stream) => stream.complete()],
];

test.each(breaks)("after %s it goes on behind the last event", (_name, breakIt) => {
  const { server, written, connections } = open();
  server.stream.text(0, "Hello");
  drawFrame();
  breakIt(server.stream);
  expect(connections).toEqual(["reconnecting"]);
  expect(server.openStreams).toBe(0);
  vi.advanceTimersByTime(25);
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
  server.stream.start();
  expect(connections).toEqual(["reconnecting", "live"]);
  server.stream.text(5, " again");
  drawFrame();
  expect(written.at(-1)?.content).toBe("Hello again");
  expect(server.streams).toHaveLength(2);
});

test("the delay doubles from 25 ms to 5 s, and starts anew after progress", () => {
  const { server } = open();
  const delays: number[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = server.streams.length;
    const from = Date.now();
    server.stream.drop();
    while (server.streams.length === before) vi.advanceTimersByTime(1);
    delays.push(Date.now() - from);
  }
  expect(delays).toEqual([25, 50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  server.stream.text(0, "Hello");
  drawFrame();
  server.stream.drop();
  vi.advanceTimersByTime(25);
  expect(server.streams).toHaveLength(12);
});

test("after 30 s without a connection it is lost, and still tries", () => {
  const { server, connections } = open();
  const drop = (): void => {
    if (server.stream.isOpen) server.stream.drop();
  };
  drop();
  for (let time = 0; time < 35_000; time += 100) {
    vi.advanceTimersByTime(100);
    drop();
  }
  expect(connections).toEqual(["reconnecting", "lost"]);
  const tries = server.streams.length;
  for (let time = 0; time < 31_000; time += 100) {
    vi.advanceTimersByTime(100);
    drop();
  }
  expect(server.streams.length - tries).toBe(2);
  vi.advanceTimersByTime(15_000);
  server.stream.start();
  expect(connections.at(-1)).toBe("live");
});

test("late callbacks of a connection that was given up change nothing", () => {
  const { server, written, connections } = open();
  const first = server.stream;
  first.drop();
  vi.advanceTimersByTime(25);
  server.stream.start();
  first.text(0, "from the past");
  first.drop();
  first.fail(new Error("late"));
  first.complete();
  drawFrame();
  vi.advanceTimersByTime(60_000);
  expect(written).toHaveLength(0);
  expect(server.streams).toHaveLength(2);
  expect(connections).toEqual(["reconnecting", "live"]);
});

test("a refusal ends it", () => {
  const { server, refusals } = open();
  const error = new FakeServerError("NOT_FOUND");
  server.stream.fail(error);
  vi.advanceTimersByTime(60_000);
  expect(refusals).toEqual([error]);
  expect(server.streams).toHaveLength(1);
});

test("a refusal within `subscribe` leaves nothing open", async () => {
  const server = new FakeChatServer();
  const refusals: unknown[] = [];
  readAnswer({
    message: fakeMessage({ id: "answer", status: "pending" }),
    source: toSource((lastEventId, handlers) => {
      handlers.onError(new FakeServerError("FORBIDDEN"));
      return server.subscribe("answer")(lastEventId, handlers);
    }),
    onChange: () => {},
    onConnectionStateChange: () => {},
    onError: (error) => refusals.push(error),
  });
  await Promise.resolve();
  expect(refusals).toHaveLength(1);
  expect(server.openStreams).toBe(0);
});

test("closing it writes nothing more", () => {
  const { server, close, written } = open();
  server.stream.text(0, "Hello");
  close();
  vi.advanceTimersByTime(60_000);
  expect(written).toHaveLength(0);
  expect(server.openStreams).toBe(0);
});
