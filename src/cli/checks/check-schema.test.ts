import { expect, it } from "vitest";

import { createHealthyProject } from "../../../test/support/project/create-healthy-project.ts";
import {
  extendedModels,
  specificationModels,
} from "../../../test/support/databases/specification-models.ts";

it("names missing models and fields, and suggests sync before generate", async () => {
  const project = createHealthyProject();
  const path = "prisma/schema.prisma";
  project.write(path, project.read(path).replace(extendedModels, specificationModels));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toMatch(/✗ Schema: .* is missing 6 models, .*LlmMessage\.turnLock/);
  expect(out).toContain("1. npx node-llm-trpc sync --write\n  2. npx prisma generate");
});
