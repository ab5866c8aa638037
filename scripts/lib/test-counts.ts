import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { projectRoot } from "./project-root.ts";

export interface TestCounts {
  readonly passed: number;
  /** The names of failed tests and files, each with the beginning of its error's message. */
  readonly failed: readonly string[];
  /** The names of tests that were skipped without a reason. */
  readonly skipped: readonly string[];
  readonly times: readonly FileTime[];
}

/** How long a file took, or some of its tests. */
interface FileTime {
  readonly file: string;
  readonly ms: number;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
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
      readonly results: readonly {
        readonly duration: number;
        readonly error?: { readonly message?: string };
      }[];
      readonly annotations: readonly { readonly type: string; readonly description?: string }[];
    }[];
  }[];
}

const nothing: TestCounts = { passed: 0, failed: [], skipped: [], times: [] };
const passed: TestCounts = { ...nothing, passed: 1 };

/** The counts of a single failure. */
export function failure(name: string, error = ""): TestCounts {
  const message = messageLines(error).join("\n  ");
  return { ...nothing, failed: [message === "" ? name : `${name}: ${message}`] };
}

/** The beginning of an error's message, without its stack. */
function messageLines(error: string): readonly string[] {
  const lines = stripVTControlCharacters(error)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stackAt = lines.findIndex((line) => /^\s+at /.test(line));
  return lines.slice(0, Math.min(20, stackAt === -1 ? lines.length : stackAt));
}

export function sumCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: [...sum.failed, ...next.failed],
      skipped: [...sum.skipped, ...next.skipped],
      times: [...sum.times, ...next.times],
    }),
    nothing,
  );
}

/**
 * Counts the tests in Vitest's JSON report. A file that does not load is a failure. A skipped test gives
 * its reason in its name, as "(skipped: …)".
 */
export function countVitest(report: VitestReport): TestCounts {
  const times = report.testResults.map(({ name, startTime, endTime }) => ({
    file: relative(projectRoot, name),
    ms: endTime - startTime,
  }));
  return sumCounts([
    { ...nothing, times },
    ...report.testResults.flatMap((file) => {
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
  ]);
}

/** Counts the tests in Playwright's JSON report. A test that passed only on a retry is a failure. */
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
  const times = (suite.specs ?? []).flatMap(({ file, tests }) =>
    tests
      .flatMap(({ results }) => results)
      .map(({ duration }) => ({ file: `e2e/${file}`, ms: duration })),
  );
  return sumCounts([{ ...nothing, times }, ...own, ...(suite.suites ?? []).map(countPlaywright)]);
}

/** The files that took longest, with their seconds: where the next minute can be saved. */
export function slowestFiles({ times }: TestCounts, count: number): readonly string[] {
  const sums = new Map<string, number>();
  for (const { file, ms } of times) sums.set(file, (sums.get(file) ?? 0) + ms);
  const sorted = [...sums].toSorted(([, one], [, other]) => other - one);
  return sorted.slice(0, count).map(([file, ms]) => `${Math.round(ms / 1000)} s ${file}`);
}

/** Reads and counts a test runner's report. A missing report is a failure. */
export async function readCounts(
  path: string,
  runner: "vitest" | "playwright",
): Promise<TestCounts> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return failure(`${runner} wrote no report`);
  // The runners' versions are pinned, so the shape of their reports is known.
  const report: unknown = JSON.parse(text);
  return runner === "vitest"
    ? countVitest(report as VitestReport)
    : countPlaywright(report as PlaywrightSuite);
}
