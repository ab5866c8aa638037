import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { projectRoot } from "./project-root.ts";

export interface TestCounts {
  readonly passed: number;
  /** What failed: a test's or a file's name with the first line of its error. */
  readonly failed: readonly string[];
  /** Names of tests that did not run and do not say why. */
  readonly skipped: readonly string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly {
      readonly projectName: string;
      readonly status: string;
      readonly results: readonly { readonly error?: { readonly message?: string } }[];
      readonly annotations: readonly { readonly type: string; readonly description?: string }[];
    }[];
  }[];
}

const nothing: TestCounts = { passed: 0, failed: [], skipped: [] };
const passed: TestCounts = { ...nothing, passed: 1 };

/** One failure. */
export function failure(name: string, error = ""): TestCounts {
  const [line = ""] = stripVTControlCharacters(error).split("\n");
  return { ...nothing, failed: [line === "" ? name : `${name}: ${line}`] };
}

export function sumCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: [...sum.failed, ...next.failed],
      skipped: [...sum.skipped, ...next.skipped],
    }),
    nothing,
  );
}

/** Counts of Vitest's JSON report. A file that cannot be loaded is one failure; a reason to skip stands in the name as "(skipped: …)". */
export function countVitest(report: VitestReport): TestCounts {
  return sumCounts(
    report.testResults.flatMap((file) => {
      const name = relative(projectRoot, file.name);
      if (file.assertionResults.length === 0) {
        return file.status === "failed" ? [failure(name, file.message)] : [];
      }
      return file.assertionResults.map(({ fullName, status, failureMessages }) => {
        if (status === "passed") return passed;
        if (status === "failed") return failure(`${name} › ${fullName}`, failureMessages?.[0]);
        return /\(skipped: .+\)/.test(fullName) ? nothing : { ...nothing, skipped: [fullName] };
      });
    }),
  );
}

/** Counts of Playwright's JSON report. A test that only passed when it was repeated has failed. */
export function countPlaywright(suite: PlaywrightSuite): TestCounts {
  const own = (suite.specs ?? []).flatMap(({ title, file, tests }) =>
    tests.map(({ projectName, status, results, annotations }) => {
      if (status === "expected") return passed;
      if (status !== "skipped") {
        const error = results.find((result) => result.error)?.error;
        return failure(`[${projectName}] ${file} › ${title}`, error?.message);
      }
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
  if (text === null) return failure(`${runner} wrote no report`);
  // The shape is that of the runner, whose version is fixed.
  const report: unknown = JSON.parse(text);
  return runner === "vitest"
    ? countVitest(report as VitestReport)
    : countPlaywright(report as PlaywrightSuite);
}
