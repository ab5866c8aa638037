import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildDemo } from "./lib/build-demo.ts";
import { createPrisma6Project } from "./lib/create-prisma6-project.ts";
import { ensureSqliteDriver } from "./lib/ensure-sqlite-driver.ts";
import { ensureChromium } from "./lib/ensure-chromium.ts";
import { generateClients } from "./lib/generate-clients.ts";
import { projectRoot } from "./lib/project-root.ts";
import { runCommand } from "./lib/run-command.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";
import { failure, readCounts, slowestFiles, sumCounts } from "./lib/test-counts.ts";
import type { TestCounts } from "./lib/test-counts.ts";

/**
 * Vitest's projects, in the order in which they run. Those in a group run together: the tests of packages wait for npm
 * meanwhile, and those of units for nothing.
 */
const groups = [
  ["unit", "unit-dom", "package"],
  ["database", "http"],
];

/** By default there is one worker for two cores. Tests wait a lot: for databases, for servers and for npm. */
const workers = 3;

/** What is run, by the argument of `npm test`; everything without one. */
const runs: Readonly<Record<string, (reports: string) => Promise<readonly TestCounts[]>>> = {
  all: async (reports) => {
    const counts: TestCounts[] = [];
    for (const group of groups) counts.push(await runVitest(group, reports));
    return [...counts, await runPlaywright(reports)];
  },
  mysql: async (reports) => [await runVitest(["database"], reports, { databases: "mysql" })],
  prisma6: async (reports) => {
    const { folder, remove } = await createPrisma6Project();
    try {
      const counts: TestCounts[] = [];
      // A process of Prisma 6.16 can use the clients of one kind of database only.
      for (const databases of ["sqlite", "postgresql"])
        counts.push(await runVitest(["database"], reports, { databases, cwd: folder }));
      return counts;
    } finally {
      await remove();
    }
  },
};

await runScript(async () => {
  const name = process.argv[2] ?? "all";
  const run = runs[name];
  if (run === undefined)
    throw new SetupError(`"${name}" is none of: ${Object.keys(runs).join(", ")}.`);
  const reports = await mkdtemp(join(tmpdir(), "reports-"));
  try {
    finish(sumCounts([await runTypes(), ...(await run(reports))]));
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

interface VitestOptions {
  /** TEST_DATABASES */
  readonly databases?: string;
  /** @default the project's folder */
  readonly cwd?: string;
}

async function runVitest(
  projects: readonly string[],
  reports: string,
  { databases, cwd }: VitestOptions = {},
): Promise<TestCounts> {
  const name = [...projects, ...(databases === undefined ? [] : [`on ${databases}`])].join(", ");
  heading(name);
  const report = join(reports, `${projects.join("-")}-${databases ?? "usual"}.json`);
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    ...projects.map((project) => `--project=${project}`),
    `--maxWorkers=${workers}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const env = databases === undefined ? {} : { TEST_DATABASES: databases };
  const { code } = await runCommand(process.execPath, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return withExitCode(await readCounts(report, "vitest"), code, name);
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

function finish(counts: TestCounts): void {
  const { passed, failed, skipped } = counts;
  heading("the slowest files");
  for (const line of slowestFiles(counts, 10)) console.log(line);
  for (const name of failed) console.error(`Failed: ${name}`);
  for (const name of skipped) console.error(`Skipped without a reason: ${name}`);
  if (passed === 0) console.error("No test ran.");
  if (failed.length > 0 || skipped.length > 0 || passed === 0) process.exitCode = 1;
  console.log(`\n${passed} passed, ${failed.length} failed`);
}
