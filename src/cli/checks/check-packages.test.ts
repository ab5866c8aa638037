import { expect, it } from "vitest";

import { createCliProject, schemaWith } from "../../../test/support/project/create-cli-project.ts";
import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";
import { extendedModels } from "../../../test/support/databases/specification-models.ts";

it("finds packages that are too old, and a missing driver adapter", async () => {
  const project = createHealthyProject();
  project.write("package.json", "{}");
  project.write("node_modules/@prisma/client/package.json", JSON.stringify({ version: "6.1.0" }));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("npm install @prisma/client@7");
  expect(out).toContain("npm install @prisma/adapter-pg@7");
});

it("names each package that is not installed", async () => {
  const project = createCliProject({ "prisma/schema.prisma": schemaWith(extendedModels) });
  const { out } = await project.run("doctor");
  expect(out).toContain("✗ Packages: @prisma/client is not installed");
  expect(out).toContain("✗ Packages: prisma is not installed");
  expect(out).toContain("npm install @prisma/adapter-better-sqlite3@7");
});
