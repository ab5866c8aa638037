import { join } from "node:path";
import { expect, it } from "vitest";

import { projectRoot } from "./project-root.ts";
import { countPlaywright, countVitest, readCounts } from "./test-counts.ts";

it("counts a file that Vitest cannot load as a failure", () => {
  const test = (fullName: string, status: string, failureMessages: string[] = []) => ({
    fullName,
    status,
    failureMessages,
  });
  const report = {
    testResults: [
      {
        name: join(projectRoot, "src/a.test.ts"),
        status: "failed",
        message: "",
        assertionResults: [
          test("works", "passed"),
          test("breaks", "failed", ["Error: \u001B[31mbroken\u001B[39m\n  at line 3"]),
          test("is forgotten", "skipped"),
          test("needs Windows (skipped: no Windows here)", "pending"),
        ],
      },
      {
        name: join(projectRoot, "src/b.test.ts"),
        status: "failed",
        message: "Cannot find module",
        assertionResults: [],
      },
    ],
  };
  expect(countVitest(report)).toEqual({
    passed: 1,
    failed: ["src/a.test.ts › breaks: Error: broken", "src/b.test.ts: Cannot find module"],
    skipped: ["is forgotten"],
  });
});

it("counts a test that passed only on a retry as a failure in Playwright", () => {
  const spec = (status: string, description?: string) => ({
    title: status,
    file: "a.spec.ts",
    tests: [
      {
        projectName: "phone",
        status,
        results: status === "expected" ? [{}] : [{}, { error: { message: "not found\nat" } }],
        annotations: description === undefined ? [] : [{ type: "skip", description }],
      },
    ],
  });
  const report = {
    suites: [
      { specs: [spec("expected"), spec("flaky")], suites: [{ specs: [spec("unexpected")] }] },
      { specs: [spec("skipped"), spec("skipped", "no keyboard")] },
    ],
  };
  expect(countPlaywright(report)).toEqual({
    passed: 1,
    failed: ["[phone] a.spec.ts › flaky: not found", "[phone] a.spec.ts › unexpected: not found"],
    skipped: ["skipped"],
  });
});

it("counts a missing report as a failure", async () => {
  expect(await readCounts("/nowhere/report.json", "vitest")).toMatchObject({
    failed: ["vitest wrote no report"],
  });
});
