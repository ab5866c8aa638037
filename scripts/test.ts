import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildDemo } from "./lib/build-demo.ts";
import { ensureSqliteDriver } from "./lib/ensure-sqlite-driver.ts";
import { ensureChromium } from "./lib/ensure-chromium.ts";
import { generateClients } from "./lib/generate-clients.ts";
import { projectRoot } from "./lib/project-root.ts";
import { runCommand } from "./lib/run-command.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";
import { failure, readCounts, sumCounts } from "./lib/test-counts.ts";
import type { TestCounts } from "./lib/test-counts.ts";

/** Vitest's projects, in the order in which they run. Those in a group run together. */
const groups = [["unit", "unit-dom"], ["database", "http"], ["package"]];

/** True for `npm test -- mysql`, which runs the tests of the persistence on MariaDB. */
const onMysql = process.argv[2] === "mysql";

await runScript(async () => {
  const reports = await mkdtemp(join(tmpdir(), "reports-"));
  try {
    const counts = [await runTypes()];
    for (const group of onMysql ? [["database"]] : groups)
      counts.push(await runVitest(group, reports));
    if (!onMysql) counts.push(await runPlaywright(reports));
    finish(sumCounts(counts));
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
});

async function runTypes(): Promise<TestCounts> {
  await ensureSqliteDriver();
  await generateClients();
  heading("types");
  const { code } = await runCommand(process.execPath, ["node_modules/typescript/bin/tsc"]);
  console.log(code === 0 ? "No type errors." : "There are type errors.");
  return code === 0 ? sumCounts([]) : failure("types");
}

/** By default there is one worker for two cores. Tests wait a lot, those of databases and servers more than others. */
function workersOf(projects: readonly string[]): number {
  return projects.includes("database") ? 3 : 2;
}

async function runVitest(projects: readonly string[], reports: string): Promise<TestCounts> {
  heading(projects.join(", "));
  const report = join(reports, `${projects.join("-")}.json`);
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    ...projects.map((project) => `--project=${project}`),
    `--maxWorkers=${workersOf(projects)}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const env = onMysql ? { TEST_DATABASES: "mysql" } : {};
  const { code } = await runCommand(process.execPath, args, { env });
  return withExitCode(await readCounts(report, "vitest"), code, projects.join(", "));
}

async function runPlaywright(reports: string): Promise<TestCounts> {
  if (!existsSync(join(projectRoot, "playwright.config.ts"))) return sumCounts([]);
  heading("browser");
  try {
    const chromium = await ensureChromium();
    await buildDemo();
    const report = join(reports, "playwright.json");
    const { code } = await runCommand(
      process.execPath,
      ["node_modules/@playwright/test/cli.js", "test", "--reporter=list,json"],
      { env: { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: report } },
    );
    return withExitCode(await readCounts(report, "playwright"), code, "browser");
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return failure("browser", error.message);
  }
}

/** A runner can fail without a failed test, for example because of an unhandled error. */
function withExitCode(counts: TestCounts, code: number, name: string): TestCounts {
  if (code === 0 || counts.failed.length > 0) return counts;
  return sumCounts([counts, failure(name, `exited with code ${code}. See its output above.`)]);
}

function heading(name: string): void {
  console.log(`\n== ${name}`);
}

function finish({ passed, failed, skipped }: TestCounts): void {
  for (const name of failed) console.error(`Failed: ${name}`);
  for (const name of skipped) console.error(`Skipped without a reason: ${name}`);
  if (passed === 0) console.error("No test ran.");
  if (failed.length > 0 || skipped.length > 0 || passed === 0) process.exitCode = 1;
  console.log(`\n${passed} passed, ${failed.length} failed`);
}
