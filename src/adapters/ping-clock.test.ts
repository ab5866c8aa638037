import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { PingClock } from "./ping-clock.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function add(clock: PingClock) {
  let pings = 0;
  const connection = { ping: () => void pings++ };
  clock.touch(connection);
  return { connection, pings: () => pings };
}

it("pings each connection after an interval without anything, with one timer", () => {
  const clock = new PingClock(1000);
  const first = add(clock);
  vi.advanceTimersByTime(400);
  const second = add(clock);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(600);
  expect([first.pings(), second.pings()]).toEqual([1, 0]);
  vi.advanceTimersByTime(400);
  expect([first.pings(), second.pings()]).toEqual([1, 1]);
  vi.advanceTimersByTime(600);
  expect([first.pings(), second.pings()]).toEqual([2, 1]);
  expect(vi.getTimerCount()).toBe(1);
});

it("begins the interval anew with each event", () => {
  const clock = new PingClock(1000);
  const { connection, pings } = add(clock);
  for (let step = 0; step < 5; step++) {
    vi.advanceTimersByTime(900);
    clock.touch(connection);
  }
  expect(pings()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(pings()).toBe(1);
});

it("keeps no timer without connections", () => {
  const clock = new PingClock(1000);
  const { connection, pings } = add(clock);
  clock.remove(connection);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(pings()).toBe(0);
});
