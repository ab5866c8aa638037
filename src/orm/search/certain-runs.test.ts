import { expect, it } from "vitest";
import { certainRuns } from "./certain-runs.ts";

const runs = (text: string) => certainRuns(text).map((run) => run.join(""));

it("keeps what every database writes in the same way", () => {
  for (const text of ["heron", "Öl-hafen 100%", "привет", "漢字🦊", "ẞß"])
    expect(runs(text)).toEqual([text]);
});

it("leaves out the letters that databases fold in their own ways", () => {
  expect(runs("İstanbul")).toEqual(["stanbul"]);
  expect(runs("ΟΔΟΣ")).toEqual(["ΟΔΟ"]);
  expect(runs("aᲐb")).toEqual(["a", "b"]);
  expect(runs("Σ")).toEqual([]);
  expect(runs("abci\u0307stanbul")).toEqual(["abc", "stanbul"]);
  expect(runs("索 i")).toEqual(["索 "]);
  expect(runs("HAWAII")).toEqual(["HAWAI"]);
});
