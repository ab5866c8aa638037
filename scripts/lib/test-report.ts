import { readFile } from "node:fs/promises";

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests that did not run and do not say why. */
  readonly skipped: readonly string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly tests: readonly {
      readonly status: string;
      readonly annotations: readonly { readonly type: string; readonly description?: string }[];
    }[];
  }[];
}

const passed: TestCounts = { passed: 1, failed: 0, skipped: [] };
const failed: TestCounts = { passed: 0, failed: 1, skipped: [] };
const nothing: TestCounts = { passed: 0, failed: 0, skipped: [] };

export function sumCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: sum.failed + next.failed,
      skipped: [...sum.skipped, ...next.skipped],
    }),
    nothing,
  );
}

/** Counts of Vitest's JSON report. A file that cannot be loaded is one failure; a reason to skip stands in the name as "(skipped: …)". */
export function countVitest(report: VitestReport): TestCounts {
  return sumCounts(
    report.testResults.flatMap((file) => {
      if (file.assertionResults.length === 0) return file.status === "failed" ? [failed] : [];
      return file.assertionResults.map(({ fullName, status }) => {
        if (status === "passed") return passed;
        if (status === "failed") return failed;
        return /\(skipped: .+\)/.test(fullName) ? nothing : { ...nothing, skipped: [fullName] };
      });
    }),
  );
}

/** Counts of Playwright's JSON report. A test that only passed when it was repeated has failed. */
export function countPlaywright(suite: PlaywrightSuite): TestCounts {
  const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
    tests.map(({ status, annotations }) => {
      if (status === "expected") return passed;
      if (status !== "skipped") return failed;
      const hasReason = annotations.some(({ description = "" }) => description !== "");
      return hasReason ? nothing : { ...nothing, skipped: [title] };
    }),
  );
  return sumCounts([...own, ...(suite.suites ?? []).map(countPlaywright)]);
}

/** Reads a report that a test runner has written; one failure when it wrote none. */
export async function readCounts(
  path: string,
  runner: "vitest" | "playwright",
): Promise<TestCounts> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return failed;
  // The shape is that of the runner, whose version is fixed.
  const report: unknown = JSON.parse(text);
  return runner === "vitest"
    ? countVitest(report as VitestReport)
    : countPlaywright(report as PlaywrightSuite);
}
