import { afterEach, expect, test, vi } from "vitest";
import { FakeBrowser } from "../../../test/support/fakes/fake-browser.ts";
import { runInOneTab } from "./run-in-one-tab.ts";
import type { TabLocks } from "./tab-browser.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Lets everything run that is due. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function open(count: number, locksOf: (index: number) => TabLocks | undefined) {
  const begun: number[] = [];
  const tabs = Array.from({ length: count }, (_, index) => {
    const controller = new AbortController();
    let end = (): void => {};
    const work = async (): Promise<void> => {
      begun.push(index);
      await new Promise<void>((resolve) => (end = resolve));
    };
    return { controller, work, locks: locksOf(index), end: () => end() };
  });
  const name = crypto.randomUUID();
  const run = (): void => {
    for (const { controller, work, locks } of tabs)
      runInOneTab(name, controller.signal, work, locks);
  };
  return { begun, tabs, run };
}

test("one tab works, and holds the others off until its signal aborts", async () => {
  const browser = new FakeBrowser();
  const { begun, tabs, run } = open(3, () => browser.openTab().browser.locks);
  run();
  await settle();
  expect(begun).toEqual([0]);
  tabs[0]?.end();
  await settle();
  expect(begun).toEqual([0]);
  tabs[1]?.controller.abort();
  tabs[0]?.controller.abort();
  await settle();
  expect(begun).toEqual([0, 2]);
});

test("when a tab dies in the middle, the next one begins", async () => {
  const browser = new FakeBrowser();
  const opened = [browser.openTab(), browser.openTab()];
  const { begun, run } = open(2, (index) => opened[index]?.browser.locks);
  run();
  await settle();
  opened[0]?.close();
  await settle();
  expect(begun).toEqual([0, 1]);
});

test.each([
  ["has no locks", undefined],
  ["may not use them", { request: () => Promise.reject(new DOMException("", "SecurityError")) }],
])("a page that %s works once at a time, too", async (_name, locks) => {
  vi.stubGlobal("navigator", {});
  const { begun, tabs, run } = open(3, () => locks);
  run();
  await settle();
  expect(begun).toEqual([0]);
  tabs[0]?.controller.abort();
  tabs[1]?.controller.abort();
  await settle();
  // The work itself is waited for.
  expect(begun).toEqual([0]);
  tabs[0]?.end();
  await settle();
  expect(begun).toEqual([0, 2]);
});
