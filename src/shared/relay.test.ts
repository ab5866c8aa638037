import { expect, it, vi } from "vitest";

import { Relay } from "./relay.ts";

it("holds the writer until the reader asks for the next item", async () => {
  const relay = new Relay<number>();
  const items = relay[Symbol.asyncIterator]();
  const onPushed = vi.fn<() => void>();
  const first = items.next();
  const pushing = relay.push(1).then(onPushed);
  expect(await first).toEqual({ done: false, value: 1 });
  expect(onPushed).not.toHaveBeenCalled();
  const second = items.next();
  await pushing;
  void relay.push(2);
  expect(await second).toEqual({ done: false, value: 2 });
});

it("ends the loop of the reader and releases the writer when it is closed", async () => {
  const relay = new Relay<number>();
  const items = relay[Symbol.asyncIterator]();
  const pushing = relay.push(1);
  expect(await items.next()).toEqual({ done: false, value: 1 });
  relay.close();
  await pushing;
  await relay.push(2);
  expect(await items.next()).toEqual({ done: true, value: undefined });
});
