import { expect, it } from "vitest";

import { Gate } from "./gate.ts";

const { signal } = new AbortController();

it("lets the oldest script through first", async () => {
  const gate = new Gate();
  const passed: number[] = [];
  const all = [1, 2].map(async (number) => {
    await gate.pass(signal);
    passed.push(number);
  });
  await gate.reached();
  expect(gate.waiting).toBe(2);
  gate.release(1);
  await all[0];
  expect(passed).toEqual([1]);
  gate.release(1);
  await all[1];
  expect(passed).toEqual([1, 2]);
});

it("keeps permits that nobody needs yet", async () => {
  const gate = new Gate();
  gate.release(1);
  await gate.pass(signal);
  expect(gate.waiting).toBe(0);
});

it("removes a script that is aborted while it waits", async () => {
  const gate = new Gate();
  const controller = new AbortController();
  const passing = gate.pass(controller.signal);
  controller.abort(new Error("stopped"));
  await expect(passing).rejects.toThrow("stopped");
  expect(gate.waiting).toBe(0);
});
