import { expect, onTestFinished, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import type { Subscribe } from "./subscription-source.ts";
import { toSource } from "./subscription-source.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";

function open(server: FakeChatServer, subscribe: Subscribe<TrackedEvent>) {
  const calls: string[] = [];
  const close = toSource(subscribe)(undefined, {
    onStarted: () => calls.push("started"),
    onData: ({ id }) => calls.push(id),
    onStopped: (error) => calls.push(error instanceof Error ? error.message : "stopped"),
    onSilent: () => calls.push("silent"),
  });
  return { calls, close, stream: server.stream };
}

test("a source passes on events, the start and the end of a subscription", () => {
  const server = new FakeChatServer();
  const { calls, stream } = open(server, server.subscribe("answer"));
  stream.start();
  stream.text(0, "Hello");
  stream.drop();
  stream.fail(new Error("failed"));
  stream.complete();
  expect(calls).toEqual(["started", "5.0.0", "dropped", "failed", "stopped"]);
});

test("late callbacks of a closed connection change nothing", () => {
  const server = new FakeChatServer();
  const { calls, close, stream } = open(server, server.subscribe("answer"));
  close();
  stream.text(0, "Hello");
  stream.drop();
  stream.fail(new Error("late"));
  stream.complete();
  expect(calls).toEqual([]);
  expect(server.openStreams).toBe(0);
});

test("callbacks during `subscribe` run after it has returned", async () => {
  const server = new FakeChatServer();
  const { calls } = open(server, (lastEventId, handlers) => {
    handlers.onError(new FakeServerError("FORBIDDEN"));
    return server.subscribe("answer")(lastEventId, handlers);
  });
  expect(calls).toEqual([]);
  await Promise.resolve();
  expect(calls).toEqual(["FORBIDDEN"]);
});

test("each second without a sign of the server is reported, and nothing after it or after the end", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const server = new FakeChatServer();
  const { calls, close, stream } = open(server, server.subscribe("answer"));
  vi.advanceTimersByTime(2_500);
  expect(calls).toEqual(["silent", "silent"]);
  stream.start();
  vi.advanceTimersByTime(10_000);
  expect(calls).toEqual(["silent", "silent", "started"]);
  const other = open(server, server.subscribe("answer"));
  other.close();
  close();
  expect(vi.getTimerCount()).toBe(0);
});
