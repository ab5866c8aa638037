import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FakeStream } from "../../../test/support/fakes/fake-chat-server.ts";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { createReconnectingSubscription } from "./reconnecting-subscription.ts";
import { toSource } from "./subscription-source.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open() {
  const server = new FakeChatServer();
  const ids: string[] = [];
  const connections: string[] = [];
  const errors: unknown[] = [];
  const missing: (string | undefined)[] = [];
  const state = { isBusy: false };
  const subscription = createReconnectingSubscription({
    source: toSource(server.subscribe("answer")),
    onData: ({ id }) => ids.push(id),
    onConnectionStateChange: (connection) => connections.push(connection),
    onError: (error) => errors.push(error),
    isFetching: () => Number(state.isBusy),
    onMissing: (error) => missing.push(error?.code),
  });
  subscription.open();
  return { server, subscription, ids, connections, errors, missing, state };
}

const breaks: readonly (readonly [string, (stream: FakeStream) => void])[] = [
  ["a broken connection", (stream) => stream.drop()],
  ["a network error", (stream) => stream.fail(new Error("fetch failed"))],
  ["an unavailable server", (stream) => stream.fail(new FakeServerError("SERVICE_UNAVAILABLE"))],
  ["an end in good order", (stream) => stream.complete()],
];

test.each(breaks)("after %s it resumes after the last event", (_name, disconnect) => {
  const { server, ids, connections } = open();
  server.stream.text(0, "Hello");
  disconnect(server.stream);
  expect(connections).toEqual(["reconnecting"]);
  expect(server.openStreams).toBe(0);
  vi.advanceTimersByTime(25);
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
  server.stream.start();
  expect(connections).toEqual(["reconnecting", "live"]);
  server.stream.text(5, " again");
  expect(ids).toEqual(["5.0.0", "11.0.0"]);
  expect(server.streams).toHaveLength(2);
});

test("the delay doubles from 25 ms to 5 s, and is reset by progress", () => {
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
  server.stream.drop();
  vi.advanceTimersByTime(25);
  expect(server.streams).toHaveLength(12);
});

test("after 30 s without a connection it is lost, and still retried", () => {
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
  const attempts = server.streams.length;
  for (let time = 0; time < 31_000; time += 100) {
    vi.advanceTimersByTime(100);
    drop();
  }
  expect(server.streams.length - attempts).toBe(2);
  vi.advanceTimersByTime(15_000);
  server.stream.start();
  expect(connections.at(-1)).toBe("live");
});

test("a refusal closes it", () => {
  const { server, errors } = open();
  server.stream.fail(new FakeServerError("NOT_FOUND"));
  vi.advanceTimersByTime(60_000);
  expect(errors).toMatchObject([{ code: "NOT_FOUND" }]);
  expect(server.streams).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("a WebSocket that breaks is left to tRPC, which resumes its subscriptions", () => {
  const { server, connections } = open();
  const cause = new Error("WebSocket closed");
  server.stream.fail(Object.assign(new Error("broken"), { cause }));
  vi.advanceTimersByTime(20_000);
  expect(server.streams).toHaveLength(1);
  server.stream.start();
  expect(connections).toEqual(["reconnecting", "live"]);
});

test("starting over forgets the last event", () => {
  const { server, subscription } = open();
  server.stream.text(0, "Hello");
  subscription.startOver();
  vi.advanceTimersByTime(25);
  expect(server.stream.input).toEqual({ messageId: "answer" });
  expect(server.openStreams).toBe(1);
});

test("opening it again resumes after the last event", () => {
  const { server, subscription } = open();
  server.stream.text(0, "Hello");
  subscription.close();
  expect(server.openStreams).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  subscription.open();
  expect(server.stream.input).toEqual({ messageId: "answer", lastEventId: "5.0.0" });
});

test("a connection that delivers nothing for two seconds is reported, until it does", () => {
  const { server, missing } = open();
  vi.advanceTimersByTime(1_999);
  expect(missing).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(missing).toEqual(["NETWORK"]);
  // It stays open: what is held back may come at the end.
  expect(server.streams).toHaveLength(1);
  server.stream.text(0, "Hello");
  expect(missing).toEqual(["NETWORK", undefined]);
});

/** How long after the server's reply to other requests silence is reported, by how long the reply took. */
const patience = Array.from({ length: 20 }, (_, index) => index * 250).map(
  (busyFor): readonly [number, number] => [busyFor, 2_000 + busyFor],
);

test.each(patience)(
  "when other requests take %i ms, silence is reported within %i ms after them",
  (busyFor, reportedAfter) => {
    const { missing, state, subscription } = open();
    state.isBusy = true;
    vi.advanceTimersByTime(busyFor);
    expect(missing).toEqual([]);
    state.isBusy = false;
    vi.advanceTimersByTime(reportedAfter);
    expect(missing).toContain("NETWORK");
    subscription.close();
    expect(vi.getTimerCount()).toBe(0);
  },
);

test.each(patience.filter(([busyFor]) => busyFor >= 1_000))(
  "when the function of another request takes %i ms to start, that of the subscription may take as long again",
  (busyFor) => {
    const { server, missing, state } = open();
    state.isBusy = true;
    vi.advanceTimersByTime(busyFor);
    state.isBusy = false;
    // Both are slow to start, and it is looked at once a second.
    vi.advanceTimersByTime(1_999 + Math.floor(busyFor / 1_000) * 1_000 - (busyFor % 1_000));
    server.stream.text(0, "Hello");
    vi.advanceTimersByTime(60_000);
    expect(missing).toEqual([]);
  },
);

test("a connection that was accepted may be quiet", () => {
  const { server, missing } = open();
  server.stream.start();
  vi.advanceTimersByTime(60_000);
  server.stream.text(0, "Hello");
  vi.advanceTimersByTime(60_000);
  expect(missing).toEqual([]);
});

const codes: readonly TRPC_ERROR_CODE_KEY[] = [
  "TOO_MANY_REQUESTS",
  "SERVICE_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
  "TIMEOUT",
  "CONFLICT",
];
const refusals = codes.flatMap((code) =>
  ["at first", "when it resumes"].flatMap((when) =>
    ["an event", "time"].flatMap((accepted) =>
      // Over SSE the server refuses after it has greeted.
      ["before", "after"].map((greeting) => ({ code, when, accepted, greeting })),
    ),
  ),
);

test.each(refusals)(
  "$code $when, $greeting a greeting, shows within a second, until $accepted tells that it has passed",
  ({ code, when, accepted, greeting }) => {
    const { server, connections, errors, missing, subscription } = open();
    if (when === "when it resumes") server.stream.text(0, "Hello");
    const refuse = (): void => {
      if (!server.stream.isOpen) return;
      if (greeting === "after") server.stream.start();
      server.stream.fail(new FakeServerError(code));
    };
    refuse();
    expect(missing).toEqual([]);
    for (let elapsed = 0; elapsed < 1_000; elapsed += 5) {
      vi.advanceTimersByTime(5);
      refuse();
    }
    expect(missing).toEqual([code]);
    const seen = connections.length;
    for (let elapsed = 0; elapsed < 20_000; elapsed += 5) {
      vi.advanceTimersByTime(5);
      refuse();
    }
    expect(missing).toEqual([code]);
    expect(connections).toHaveLength(seen);
    expect(connections.at(-1)).toBe("reconnecting");
    while (!server.stream.isOpen) vi.advanceTimersByTime(5);
    server.stream.start();
    if (accepted === "an event") server.stream.text(5, " again");
    else vi.advanceTimersByTime(11_000);
    expect(missing).toEqual([code, undefined]);
    expect(connections.at(-1)).toBe("live");
    expect(errors).toEqual([]);
    subscription.close();
    expect(missing).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test("a subscription that is refused after each greeting is lost after 30 s", () => {
  const { server, connections } = open();
  for (let elapsed = 0; elapsed < 40_000; elapsed += 5) {
    if (server.stream.isOpen) {
      server.stream.start();
      server.stream.fail(new FakeServerError("TOO_MANY_REQUESTS"));
    }
    vi.advanceTimersByTime(5);
  }
  expect(connections.at(-1)).toBe("lost");
});

test("a closed subscription reports nothing missing", () => {
  const { server, missing, subscription } = open();
  for (let attempt = 0; attempt < 6; attempt++) {
    while (!server.stream.isOpen) vi.advanceTimersByTime(5);
    server.stream.fail(new FakeServerError("TOO_MANY_REQUESTS"));
  }
  expect(missing).toEqual(["TOO_MANY_REQUESTS"]);
  subscription.close();
  expect(missing).toEqual(["TOO_MANY_REQUESTS", undefined]);
});

test("a session that has expired is renewed by the next attempts, but not one that was never accepted", () => {
  const { server, errors } = open();
  server.stream.text(0, "Hello");
  server.stream.fail(new FakeServerError("UNAUTHORIZED"));
  vi.advanceTimersByTime(25);
  server.stream.start();
  expect(errors).toEqual([]);
  const other = open();
  other.server.stream.fail(new FakeServerError("UNAUTHORIZED"));
  vi.advanceTimersByTime(60_000);
  expect(other.errors).toHaveLength(1);
});
