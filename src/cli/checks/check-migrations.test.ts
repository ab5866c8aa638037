import { expect, it } from "vitest";

import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";

it.each([
  ["unreachable", [1, "Error: P1001: Can't reach database server at localhost:5432"], "P1001"],
  [
    "not applied",
    [1, "Following migration have not yet been applied:\n2026_x"],
    "npx prisma migrate deploy",
  ],
  ["none", [0, "No migration found in prisma/migrations"], "npx prisma migrate dev --name"],
  ["not managed", [1, "The current database is not managed by Prisma Migrate."], "Baseline it"],
  ["a password", [1, "Error: postgresql://u:pass-word@h/d is wrong"], "postgresql://***@h/d"],
] as const)("explains the output of prisma migrate status: %s", async (_title, status, message) => {
  const { code, out } = await createHealthyProject(undefined, { status }).run("doctor");
  expect(code).toBe(1);
  expect(out).toContain(message);
  expect(out).not.toContain("pass-word");
});

it("finds schema changes without a migration", async () => {
  const { code, out } = await createHealthyProject(undefined, { diff: 2 }).run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ Database: reachable, but the schema has changes without a migration");
});

it("is skipped when Prisma's schema engine cannot be downloaded", async () => {
  const status = [1, "Error: request to https://binaries.prisma.sh/x failed, ENOTFOUND"] as const;
  const { out } = await createHealthyProject(undefined, { status }).run("doctor");
  expect(out).toContain("– Database: not checked, because Prisma's schema engine");
});
