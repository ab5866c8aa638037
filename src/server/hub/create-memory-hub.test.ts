import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { countObjects } from "../../../test/support/count-objects.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { Answer } from "../../chat/answer.ts";
import { createMemoryHub } from "./create-memory-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const placeholder = fakeMessage({ id: "m", chatId: "chat", status: "pending" });

function openAnswer() {
  const hub = createMemoryHub({ retention: 1_000 });
  const answer = new Answer(placeholder);
  const stop = vi.fn<() => void>();
  hub.open(answer, stop);
  return { hub, answer, stop };
}

it("finds an answer until some time after its end", () => {
  const { hub, answer } = openAnswer();
  expect(hub.find("m")).toBe(answer);
  answer.finish({ ...placeholder, status: "complete" });
  hub.end("m");
  vi.advanceTimersByTime(999);
  expect(hub.find("m")).toBe(answer);
  vi.advanceTimersByTime(1);
  expect(hub.find("m")).toBeNull();
});

it("keeps an answer for as long as a timer can wait without a limit, and refuses what is no time", () => {
  const hub = createMemoryHub({ retention: Infinity });
  hub.open(new Answer(placeholder), () => undefined);
  hub.end("m");
  vi.advanceTimersByTime(86_400_000);
  expect(hub.find("m")).not.toBeNull();
  for (const retention of [Number.NaN, -1]) {
    expect(() => createMemoryHub({ retention })).toThrow(
      expect.objectContaining({ code: "CONFIGURATION" }),
    );
  }
});

it("forgets an answer that waits for approval at once, and keeps the one that continues it", () => {
  const { hub, answer } = openAnswer();
  answer.finish({ ...placeholder, status: "awaiting_approval" });
  hub.end("m");
  expect(hub.find("m")).toBeNull();
  const continued = new Answer(placeholder);
  hub.open(continued, () => undefined);
  vi.advanceTimersByTime(2_000);
  expect(hub.find("m")).toBe(continued);
});

it("lets go of what has produced an answer at its end", () => {
  class Producer {
    readonly stop = (): void => undefined;
  }
  const hub = createMemoryHub({ retention: 1_000 });
  const open = (): void => {
    const producer = new Producer();
    hub.open(new Answer(placeholder), () => producer.stop());
  };
  open();
  expect(countObjects(Producer)).toBe(1);
  hub.end("m");
  expect(countObjects(Producer)).toBe(0);
  expect(hub.find("m")).not.toBeNull();
  expect(hub.stop("m")).toBe("repeated");
});

it("stops an answer once, and none that has ended", () => {
  const { hub, answer, stop } = openAnswer();
  expect(hub.stop("other")).toBe("unknown");
  expect(hub.stop("m")).toBe("delivered");
  expect(hub.stop("m")).toBe("repeated");
  expect(stop).toHaveBeenCalledOnce();
  const ended = new Answer(fakeMessage({ id: "n" }));
  hub.open(ended, stop);
  ended.finish(answer.snapshot());
  expect(hub.stop("n")).toBe("repeated");
  expect(stop).toHaveBeenCalledOnce();
});

it("calls back the watchers of a chat when an answer begins or ends and on every notice, until they leave", () => {
  const hub = createMemoryHub();
  const watcher = new AbortController();
  const onChange = vi.fn<() => void>();
  hub.watch("chat", onChange, watcher.signal);
  hub.open(new Answer(placeholder), () => undefined);
  expect(onChange).toHaveBeenCalledTimes(1);
  hub.end("m");
  expect(onChange).toHaveBeenCalledTimes(2);
  hub.notify("chat");
  hub.notify("another chat");
  expect(onChange).toHaveBeenCalledTimes(3);
  watcher.abort();
  hub.notify("chat");
  expect(onChange).toHaveBeenCalledTimes(3);
});
