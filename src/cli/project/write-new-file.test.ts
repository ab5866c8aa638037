import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { createCliProject } from "../../../test/support/project/create-cli-project.ts";
import { CliError } from "./cli-error.ts";
import { writeNewFile } from "./write-new-file.ts";

it("writes a file and its folders", () => {
  const project = createCliProject();
  writeNewFile(join(project.folder, "a/b/c.ts"), "a/b/c.ts", "new");
  expect(project.read("a/b/c.ts")).toBe("new");
});

it("throws when there is a file, and leaves it as it is", () => {
  const project = createCliProject({ "a.ts": "mine" });
  const write = (): void => writeNewFile(join(project.folder, "a.ts"), "a.ts", "new");
  expect(write).toThrow(CliError);
  expect(write).toThrow("a.ts was not written");
  expect(project.read("a.ts")).toBe("mine");
});

it("throws for a link that leads nowhere, and writes nothing through it", () => {
  const { folder } = createCliProject();
  symlinkSync(join(folder, "target.ts"), join(folder, "a.ts"));
  expect(() => writeNewFile(join(folder, "a.ts"), "a.ts", "new")).toThrow("a.ts was not written");
  expect(existsSync(join(folder, "target.ts"))).toBe(false);
});

it("rethrows what it does not know", () => {
  const { folder } = createCliProject({ file: "" });
  expect(() => writeNewFile(join(folder, "file/a.ts"), "file/a.ts", "new")).toThrow(
    /EEXIST|ENOTDIR/,
  );
});
