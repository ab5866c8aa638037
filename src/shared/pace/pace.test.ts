import { expect, it } from "vitest";

import { Pace } from "./pace.ts";

const never = new AbortController().signal;

it.each([
  [0, 25],
  [0.15, 25],
  [0.41, 95],
  [0.8, 200],
  [1, 200],
])("with a load of %d gathers for %d ms", (load, window) => {
  expect(new Pace(25, () => load).window).toBe(window);
});

it("does not wait for a window that is over", async () => {
  const pace = new Pace(25, () => 1);
  let isOver = false;
  void pace.wait(performance.now() - 300, never).then(() => (isOver = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(isOver).toBe(true);
});

it("ends the wait when the reader leaves", async () => {
  const reader = new AbortController();
  const start = performance.now();
  const waiting = new Pace(25, () => 1).wait(start + 60_000, reader.signal);
  reader.abort();
  await expect(waiting).resolves.toBeUndefined();
});

it("calls nothing back that was cancelled, also when it is due and waits for its turn", async () => {
  const pace = new Pace(200, () => 0);
  // Early in a millisecond, so that both timers most likely have the same delay, in whole ones.
  while (performance.now() % 1 > 0.3);
  const since = performance.now();
  let calls = 0;
  const cancels: (() => void)[] = [];
  // Windows that end together end in no certain order, so the first one cancels the other.
  for (const other of [1, 0])
    cancels.push(
      pace.schedule(since, () => {
        calls++;
        setImmediate(() => cancels[other]?.());
        // Takes longer than a turn has for what is gathered. What is due by then waits for the next one.
        while (performance.now() < since + 240);
      }),
    );
  await new Promise<void>((resolve) => pace.schedule(since + 80, resolve));
  expect(calls).toBe(1);
});
