import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { findProgram } from "./find-program.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "programs-"));
  vi.stubEnv("PATH", ["/nowhere", folder].join(delimiter));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it("finds the first name that is an executable file in PATH", () => {
  for (const name of ["text", "second", "third"]) writeFileSync(join(folder, name), "");
  chmodSync(join(folder, "second"), 0o755);
  chmodSync(join(folder, "third"), 0o755);
  expect(findProgram("first", "text", "second", "third")).toBe(join(folder, "second"));
  expect(findProgram("first", "text")).toBeNull();
});
