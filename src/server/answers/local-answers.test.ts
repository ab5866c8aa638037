import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { EndReason } from "../../orm/turn/turn-control.ts";
import type { DrainReport } from "../create-drain.ts";
import { LocalAnswers } from "./local-answers.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((go) => {
    resolve = go;
  });
  return { promise, resolve };
}

const never = new Promise<void>(() => undefined);

/** An answer that ends when it is interrupted, unless the database hangs. */
function answer({ hangs = false, finished }: { hangs?: boolean; finished?: Promise<void> } = {}) {
  let end = (_reason: EndReason): void => undefined;
  const settled = new Promise<EndReason>((resolve) => {
    end = resolve;
  });
  const interrupt = vi.fn<() => void>(() => {
    if (!hangs) end("interrupted");
  });
  return { interrupt, settled, finished: finished ?? settled.then(() => undefined), end };
}

it("gives up an answer that the database does not take", async () => {
  const answers = new LocalAnswers();
  answers.add(answer());
  answers.add(answer({ hangs: true }));
  const expired = new AbortController();
  const drained = vi.fn<(report: DrainReport) => void>();
  void answers.drain(expired.signal).then(drained);
  expired.abort();
  await vi.advanceTimersByTimeAsync(9_900);
  expect(drained).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(drained).toHaveBeenCalledWith({ ended: 0, interrupted: 1, unsettled: 1 });
});

it("waits for other work within the limit, and counts it as no answer", async () => {
  const answers = new LocalAnswers();
  const { promise, resolve } = gate();
  answers.addWork(promise);
  const drained = vi.fn<(report: DrainReport) => void>();
  void answers.drain(new AbortController().signal).then(drained);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(drained).not.toHaveBeenCalled();
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(drained).toHaveBeenCalledWith({ ended: 0, interrupted: 0, unsettled: 0 });
});

it("waits for a title within the limit, and no longer", async () => {
  const answers = new LocalAnswers();
  const titled = answer({ finished: never });
  answers.add(titled);
  const expired = new AbortController();
  const drained = vi.fn<(report: DrainReport) => void>();
  void answers.drain(expired.signal).then(drained);
  titled.end("complete");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(drained).not.toHaveBeenCalled();
  expired.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(drained).toHaveBeenCalledWith({ ended: 1, interrupted: 0, unsettled: 0 });
});

it("waits for a turn that was about to begin, and interrupts it after the limit", async () => {
  const answers = new LocalAnswers();
  const rows = gate();
  const late = answer();
  const begun = answers.begin(() => rows.promise).then(() => answers.add(late));
  const drained = vi.fn<(report: DrainReport) => void>();
  void answers.drain(AbortSignal.abort()).then(drained);
  await expect(answers.begin(() => Promise.resolve())).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drained).not.toHaveBeenCalled();
  rows.resolve();
  await begun;
  await vi.advanceTimersByTimeAsync(0);
  expect(late.interrupt).toHaveBeenCalledOnce();
  expect(drained).toHaveBeenCalledWith({ ended: 0, interrupted: 1, unsettled: 0 });
});
