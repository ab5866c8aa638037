import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { longestFiles } from "./support/longest-first.ts";

it("knows the files that take longest by their names", () => {
  const missing = longestFiles.filter((file) => !existsSync(join(projectRoot, file)));
  expect(missing).toEqual([]);
  expect(new Set(longestFiles).size).toBe(longestFiles.length);
});
