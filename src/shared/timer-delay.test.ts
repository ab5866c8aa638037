import { expect, it } from "vitest";

import { timerDelay } from "./timer-delay.ts";

it.each([
  [0, 0],
  [1.5, 2],
  [-286.4, 0],
  [-0.5, 0],
  [-Infinity, 0],
  [2_147_483_647, 2_147_483_647],
  [2_147_483_648, 2_147_483_647],
  [Infinity, 2_147_483_647],
])("makes of %s ms a delay of %s ms", (ms, delay) => {
  expect(timerDelay(ms)).toBe(delay);
});

it("makes delays that no timer warns of", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  for (const ms of [-1, -1e9, 2 ** 31, Infinity])
    clearTimeout(setTimeout(() => undefined, timerDelay(ms)));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
