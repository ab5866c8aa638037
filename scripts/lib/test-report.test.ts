import { expect, it } from "vitest";

import { countPlaywright, countVitest, readCounts } from "./test-report.ts";

it("counts Vitest's results, and a file that does not load as a failure", () => {
  const report = {
    testResults: [
      {
        name: "a.test.ts",
        status: "failed",
        assertionResults: [
          { fullName: "works", status: "passed" },
          { fullName: "breaks", status: "failed" },
          { fullName: "is forgotten", status: "skipped" },
          { fullName: "needs Windows (skipped: no Windows here)", status: "pending" },
        ],
      },
      { name: "b.test.ts", status: "failed", assertionResults: [] },
    ],
  };
  expect(countVitest(report)).toEqual({ passed: 1, failed: 2, skipped: ["is forgotten"] });
});

it("counts Playwright's results, and one that passed at a second try as a failure", () => {
  const spec = (status: string, description?: string) => ({
    title: status,
    tests: [
      { status, annotations: description === undefined ? [] : [{ type: "skip", description }] },
    ],
  });
  const report = {
    suites: [
      { specs: [spec("expected"), spec("flaky")], suites: [{ specs: [spec("unexpected")] }] },
      { specs: [spec("skipped"), spec("skipped", "no keyboard")] },
    ],
  };
  expect(countPlaywright(report)).toEqual({ passed: 1, failed: 2, skipped: ["skipped"] });
});

it("takes a missing report as a failure", async () => {
  expect(await readCounts("/nowhere/report.json", "vitest")).toMatchObject({ failed: 1 });
});
