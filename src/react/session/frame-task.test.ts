import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFrameTask } from "./frame-task.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page that draws a frame whenever the test says. */
function stubPage(hidden: boolean): () => void {
  let callbacks: FrameRequestCallback[] = [];
  vi.stubGlobal("document", { hidden });
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) =>
    callbacks.push(callback),
  );
  return () => {
    const due = callbacks;
    callbacks = [];
    for (const callback of due) callback(0);
  };
}

test("a task runs once in the next frame, however often it is scheduled", () => {
  const drawFrame = stubPage(false);
  const run = vi.fn<() => void>();
  const task = createFrameTask(run);
  task.schedule();
  task.schedule();
  expect(run).not.toHaveBeenCalled();
  drawFrame();
  expect(run).toHaveBeenCalledTimes(1);
  drawFrame();
  vi.advanceTimersByTime(1_000);
  expect(run).toHaveBeenCalledTimes(1);
  task.schedule();
  drawFrame();
  expect(run).toHaveBeenCalledTimes(2);
});

test("a task does not wait longer than 250 ms for a frame", () => {
  stubPage(false);
  const run = vi.fn<() => void>();
  createFrameTask(run).schedule();
  vi.advanceTimersByTime(249);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
});

test.each([
  ["in a hidden page", () => stubPage(true)],
  ["without a page", () => undefined],
])("%s, a task runs soon without a frame", (_name, stub) => {
  stub();
  const run = vi.fn<() => void>();
  createFrameTask(run).schedule();
  vi.advanceTimersByTime(16);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a cancelled task does not run, and can be scheduled again", () => {
  const drawFrame = stubPage(false);
  const run = vi.fn<() => void>();
  const task = createFrameTask(run);
  task.schedule();
  task.cancel();
  drawFrame();
  vi.advanceTimersByTime(1_000);
  expect(run).not.toHaveBeenCalled();
  task.schedule();
  drawFrame();
  expect(run).toHaveBeenCalledTimes(1);
});
