import { expect, it } from "vitest";

import { createCliProject } from "../../../test/support/project/create-cli-project.ts";
import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";

it("exits with 0 when all checks pass", async () => {
  const { code, out } = await createHealthyProject().run("doctor");
  expect(out.split("\n")).toEqual([
    "✓ Versions: @node-llm/core 1.17.1",
    "✓ Packages: prisma 7.10.1, @prisma/client 7.10.1, @prisma/adapter-pg",
    "✓ Schema: prisma/schema.prisma (postgresql) has all models",
    "✓ DATABASE_URL: set (postgresql:)",
    "✓ Client: client matches the schema and can be imported",
    "✓ Database: reachable, and all migrations are applied",
    "✓ Provider key: OPENAI_API_KEY is set",
    "",
    "All checks passed.",
  ]);
  expect(code).toBe(0);
});

it("reads .env like an app does, and prints no keys or passwords", async () => {
  const project = createHealthyProject({});
  project.write(".env", 'DATABASE_URL="postgresql://u:pass-word@h/d"\nANTHROPIC_API_KEY=sk-secret');
  const { code, out, err } = await project.run("doctor");
  expect(code).toBe(0);
  expect(out).toContain("ANTHROPIC_API_KEY is set");
  expect(out + err).not.toMatch(/pass-word|sk-secret/);
});

it("lists what to fix in an empty project", async () => {
  const { code, out } = await createCliProject().run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ Schema: not found at prisma/schema.prisma");
  expect(out).toContain(
    "To fix:\n  1. npm install @node-llm/core@1\n  2. npx node-llm-trpc init\n  3. Set",
  );
});

it("does not check the database while DATABASE_URL is wrong", async () => {
  const project = createHealthyProject({ DATABASE_URL: "localhost", OPENAI_API_KEY: "key" });
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ DATABASE_URL: has no scheme");
  expect(out).toContain("– Database: not checked, because of DATABASE_URL");
});

it("exits with 0 when a check was skipped, and says so", async () => {
  const status = [1, "Error: request to https://binaries.prisma.sh/x failed, ENOTFOUND"] as const;
  const { code, out } = await createHealthyProject(undefined, { status }).run("doctor");
  expect(out).toContain("No problems found. Checks skipped: 1.");
  expect(code).toBe(0);
});

it.each(["Int?", "BigInt?", "String? @db.Uuid"])("takes owners of the type %s", async (owner) => {
  const project = createHealthyProject();
  for (const path of ["prisma/schema.prisma", "client/internal/class.mjs"]) {
    const text = project.read(path);
    const changed = text.replace(/(userId +)String\?/, `$1${owner}`);
    expect(changed).not.toBe(text);
    project.write(path, changed);
  }
  const { code, out } = await project.run("doctor");
  expect(out).toContain("✓ Schema: prisma/schema.prisma (postgresql) has all models");
  expect(out).toContain("All checks passed.");
  expect(code).toBe(0);
});
