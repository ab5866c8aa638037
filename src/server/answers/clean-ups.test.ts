import { expect, it } from "vitest";

import { CleanUps } from "./clean-ups.ts";

it("runs each clean-up once, and what comes too late at once", async () => {
  const log: string[] = [];
  const cleanUps = new CleanUps();
  const note = (text: string) => async (): Promise<void> => void log.push(text);
  cleanUps.add(note("a"));
  cleanUps.add(note("b"));
  await Promise.all([cleanUps.run(), cleanUps.run()]);
  expect(log).toEqual(["b", "a"]);
  cleanUps.add(note("late"));
  expect(log).toEqual(["b", "a", "late"]);
});

it("leaves to the answer what it has kept", async () => {
  const log: string[] = [];
  const kept = await CleanUps.around(async (cleanUps) => {
    cleanUps.add(async () => void log.push("a"));
    cleanUps.keep();
    return cleanUps;
  });
  expect(log).toEqual([]);
  await kept.run();
  expect(log).toEqual(["a"]);
});
