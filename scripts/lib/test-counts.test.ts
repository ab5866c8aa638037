import { join } from "node:path";
import { expect, it } from "vitest";

import { projectRoot } from "./project-root.ts";
import { countPlaywright, countVitest, readCounts, slowestFiles } from "./test-counts.ts";

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
        startTime: 1_000,
        endTime: 3_000,
        status: "failed",
        message: "",
        assertionResults: [
          test("works", "passed"),
          test("breaks", "failed", [
            "Error: \u001B[31mbroken\u001B[39m\nnpm run again\n\n- 1\n+ 2\n    at line 3",
          ]),
          test("is forgotten", "skipped"),
          test("needs Windows (skipped: no Windows here)", "pending"),
        ],
      },
      {
        name: join(projectRoot, "src/b.test.ts"),
        startTime: 2_000,
        endTime: 2_400,
        status: "failed",
        message: "Cannot find module",
        assertionResults: [],
      },
    ],
  };
  expect(countVitest(report)).toEqual({
    passed: 1,
    failed: [
      "src/a.test.ts › breaks: Error: broken\n  npm run again\n  - 1\n  + 2",
      "src/b.test.ts: Cannot find module",
    ],
    skipped: ["is forgotten"],
    times: [
      { file: "src/a.test.ts", ms: 2_000 },
      { file: "src/b.test.ts", ms: 400 },
    ],
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
        results:
          status === "expected"
            ? [{ duration: 700 }]
            : [
                { duration: 100 },
                { duration: 300, error: { message: "not found\n    at line 3" } },
              ],
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
  const counts = countPlaywright(report);
  expect(counts).toMatchObject({
    passed: 1,
    failed: ["[phone] a.spec.ts › flaky: not found", "[phone] a.spec.ts › unexpected: not found"],
    skipped: ["skipped"],
  });
  expect(slowestFiles(counts, 10)).toEqual(["2 s e2e/a.spec.ts"]);
});

it("names the slowest files, the slowest first", () => {
  const times = [
    { file: "a.test.ts", ms: 1_600 },
    { file: "b.test.ts", ms: 2_400 },
    { file: "a.test.ts", ms: 3_000 },
    { file: "c.test.ts", ms: 100 },
  ];
  const counts = { passed: 0, failed: [], skipped: [], times };
  expect(slowestFiles(counts, 2)).toEqual(["5 s a.test.ts", "2 s b.test.ts"]);
});

it("counts a missing report as a failure", async () => {
  expect(await readCounts("/nowhere/report.json", "vitest")).toMatchObject({
    failed: ["vitest wrote no report"],
  });
});
