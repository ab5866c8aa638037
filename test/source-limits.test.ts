import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { promisify } from "node:util";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { sourceFiles } from "./support/project/source-files.ts";

it("keeps every folder of src at 15 source files or fewer", async () => {
  const counts = new Map<string, number>();
  for (const file of await sourceFiles()) {
    const folder = posix.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const large = [...counts].filter(([, files]) => files > 15);
  expect(large).toEqual([]);
});

it("gives each file of the library a name of its own", async () => {
  const names = (await libraryFiles())
    .map((file) => posix.basename(file))
    .filter((name) => name !== "index.ts");
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it("keeps what depends on Prisma's client in src/orm/database", async () => {
  // Codes of its errors, what only it has, and how it names that inside.
  const marks =
    /"P\d{4}"|\^?\(?P\d{2}[\d(|]|\$(?:transaction|extends|primary|queryRaw\w*|executeRaw\w*)\b|_runtimeDataModel|_extensions|_globalOmit|from "@prisma\//;
  // The commands write the app's code, and the database for an app's tests is made by its own client.
  const others = ["src/cli/", "src/testing/create-test-database.ts"];
  const found: string[] = [];
  for (const file of await libraryFiles()) {
    if (file.startsWith("src/orm/database/") || others.some((one) => file.startsWith(one)))
      continue;
    const lines = (await readFile(join(projectRoot, file), "utf8")).split("\n");
    const code = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
    found.push(...code.filter((line) => marks.test(line)).map((line) => `${file}: ${line.trim()}`));
  }
  expect(found).toEqual([]);
});

it("keeps the lines of the library that have a cast at 28 or fewer", async () => {
  expect((await linesWithCasts(await libraryFiles())).length).toBeLessThanOrEqual(28);
});

/** Without the demo, whose file names Next.js prescribes. */
const libraryFiles = async (): Promise<string[]> =>
  (await sourceFiles()).filter((file) => !file.startsWith("src/app/"));

/** @returns Lines such as "src/orm/index.ts:7". `as const` and `satisfies` are not casts. */
async function linesWithCasts(files: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "casts-"));
  try {
    const config = join(folder, "casts.json");
    const rule = "typescript/consistent-type-assertions";
    await writeFile(
      config,
      JSON.stringify({
        plugins: ["typescript"],
        categories: { correctness: "off" },
        rules: { [rule]: ["error", { assertionStyle: "never" }] },
      }),
    );
    const bin = join(projectRoot, "node_modules/oxlint/bin/oxlint");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [bin, "-c", config, "-f", "json", ...files],
      { cwd: projectRoot, maxBuffer: Infinity },
    ).catch((error: unknown) => error as { stdout: string });
    const report = JSON.parse(stdout) as {
      diagnostics: { filename: string; labels: { span: { line: number } }[] }[];
    };
    const lines = report.diagnostics.map(
      ({ filename, labels }) => `${filename}:${labels[0]?.span.line}`,
    );
    return [...new Set(lines)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
