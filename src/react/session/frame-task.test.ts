import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFrameTask } from "./frame-task.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page that draws a frame whenever the test says, and at the time that it says. */
function stubPage(hidden: boolean): (time?: number) => void {
  let callbacks: FrameRequestCallback[] = [];
  vi.stubGlobal("document", { hidden });
  vi.stubGlobal(
    "requestAnimationFrame",
    vi.fn<(callback: FrameRequestCallback) => number>((callback) => callbacks.push(callback)),
  );
  return (time = 0) => {
    const due = callbacks;
    callbacks = [];
    for (const callback of due) callback(time);
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
  vi.advanceTimersByTime(20);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a task runs in each frame while the frames are in time", () => {
  const drawFrame = stubPage(false);
  const run = vi.fn<() => void>();
  const task = createFrameTask(run);
  for (let frame = 0; frame < 5; frame++) {
    task.schedule();
    drawFrame(frame * 17);
  }
  expect(run).toHaveBeenCalledTimes(5);
});

test("a task that makes frames late leaves frames to others", () => {
  const drawFrame = stubPage(false);
  const runs: number[] = [];
  let time = 0;
  const task = createFrameTask(() => runs.push(time));
  for (const next of [0, 33, 50, 67, 100, 117, 133]) {
    time = next;
    task.schedule();
    drawFrame(time);
  }
  expect(runs).toEqual([0, 67, 133]);
});

test("a task does not rest for long after its page was hidden", () => {
  const drawFrame = stubPage(false);
  const run = vi.fn<() => void>();
  const task = createFrameTask(run);
  task.schedule();
  drawFrame(0);
  drawFrame(3_600_000);
  task.schedule();
  drawFrame(3_600_016);
  expect(run).toHaveBeenCalledTimes(1);
  drawFrame(3_600_201);
  expect(run).toHaveBeenCalledTimes(2);
  // Nor does it ask for frames without end.
  vi.advanceTimersByTime(1_000);
  drawFrame(3_600_300);
  expect(requestAnimationFrame).toHaveBeenCalledTimes(5);
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
