import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";

import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";
import { checkSqliteDriver } from "./check-sqlite-driver.ts";

const adapter = "node_modules/@prisma/adapter-better-sqlite3";

/** A project with Prisma's adapter for SQLite, and a driver that was compiled with a reference to these names. */
function createProject(driver: string, names: string) {
  const project = createHealthyProject();
  project.write(`${adapter}/package.json`, JSON.stringify({ version: "7.10.1" }));
  project.write(`${driver}/package.json`, JSON.stringify({ version: "12.11.1" }));
  project.write(`${driver}/build/Release/better_sqlite3.node`, `\0ELF\0${names}\0`);
  return project;
}

const hook = "_ZN4node28RemoveEnvironmentCleanupHookEPN2v87IsolateE";

it.each(["node_modules/better-sqlite3", `${adapter}/node_modules/better-sqlite3`])(
  "finds a driver in %s that would end the process",
  (driver) => {
    const { folder } = createProject(driver, hook);
    expect(checkSqliteDriver(folder, "24.21.0")).toEqual([
      {
        status: "problem",
        text: expect.stringContaining("Packages: better-sqlite3 12.11.1 was compiled with Node.js"),
        todo: expect.stringContaining('Add "overrides": { "better-sqlite3": "^13.2.0" }'),
      },
    ]);
  },
);

it("finds it beside the adapter that pnpm links to", () => {
  const store = "node_modules/.pnpm/adapter/node_modules";
  const { folder } = createProject(`${store}/better-sqlite3`, hook);
  rmSync(join(folder, adapter), { recursive: true });
  mkdirSync(join(folder, store, "@prisma/adapter-better-sqlite3"), { recursive: true });
  writeFileSync(join(folder, store, "@prisma/adapter-better-sqlite3/package.json"), "{}");
  symlinkSync(join(folder, store, "@prisma/adapter-better-sqlite3"), join(folder, adapter));
  expect(checkSqliteDriver(folder, "24.21.0")).toHaveLength(1);
});

it.each(["20.20.2", "22.23.2", "26.5.0"])("finds nothing on Node.js %s", (node) => {
  expect(
    checkSqliteDriver(createProject("node_modules/better-sqlite3", hook).folder, node),
  ).toEqual([]);
});

it("finds nothing in a driver that was compiled with an older Node.js, or is not compiled", () => {
  const { folder } = createProject("node_modules/better-sqlite3", "_ZN2v811HandleScopeD1Ev");
  expect(checkSqliteDriver(folder, "24.21.0")).toEqual([]);
  rmSync(join(folder, "node_modules/better-sqlite3/build"), { recursive: true });
  expect(checkSqliteDriver(folder, "24.21.0")).toEqual([]);
});

it("is a part of doctor", async () => {
  const versions = vi.spyOn(process, "versions", "get");
  versions.mockReturnValue({ ...process.versions, node: "24.21.0" });
  try {
    const { code, out } = await createProject("node_modules/better-sqlite3", hook).run("doctor");
    expect(code).toBe(1);
    expect(out).toContain("✗ Packages: better-sqlite3 12.11.1 was compiled with Node.js");
  } finally {
    versions.mockRestore();
  }
});
