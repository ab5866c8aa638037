import { expect, it } from "vitest";

import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";

const path = "prisma/schema.prisma";

it("finds a client that was generated before the schema changed", async () => {
  const project = createHealthyProject();
  project.write(path, project.read(path).replace("turnLock ", "turnLocks "));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ Client: client is out of date");
});

it("ignores comments and spacing that changed since the client was generated", async () => {
  const project = createHealthyProject();
  project.write(path, `// new\n${project.read(path).replaceAll("  title ", "    title   ")}`);
  expect((await project.run("doctor")).code).toBe(0);
});

it("finds a client that is missing or cannot be imported", async () => {
  const project = createHealthyProject();
  project.write("client/client.mjs", `import "a-missing-package";`);
  const { out } = await project.run("doctor");
  expect(out).toMatch(/✗ Client: client cannot be imported: .*a-missing-package/);
  project.write(path, project.read(path).replace("../client", "../elsewhere"));
  expect((await project.run("doctor")).out).toContain("✗ Client: not generated yet (elsewhere)");
});

it("finds a schema without a client generator", async () => {
  const project = createHealthyProject();
  project.write(path, project.read(path).replace("prisma-client", "prisma-docs"));
  const { out } = await project.run("doctor");
  expect(out).toContain("✗ Client: prisma/schema.prisma has no generator for a Prisma client");
});
