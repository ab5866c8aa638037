import { expect, it } from "vitest";

import { createCliProject } from "../../test/support/project/create-cli-project.ts";

it.each([
  [["--help"], "Commands:"],
  [["-h"], "Commands:"],
  [["help"], "Commands:"],
  [["init", "--help"], "node-llm-trpc init"],
  [["help", "sync"], "node-llm-trpc sync"],
  [["doctor", "-h"], "node-llm-trpc doctor"],
])("shows help: %j", async (args, text) => {
  const { code, out } = await createCliProject().run(...args);
  expect(code).toBe(0);
  expect(out).toContain(text);
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});

it("shows its version", async () => {
  expect((await createCliProject().run("--version")).out).toMatch(/^\d+\.\d+\.\d+/);
});

it.each([
  [[], "Usage:"],
  [["frobnicate"], 'Unknown command "frobnicate". The commands are: init, sync, doctor.'],
  [["init", "--frobnicate"], "Unknown option '--frobnicate'."],
  [["init", "--provider"], "argument missing"],
  [
    ["init", "--provider", "oracle"],
    "--provider oracle is not supported. Use one of: sqlite, postgresql, mysql.",
  ],
  [["init", "--schema", ""], "An option has an empty value."],
  [["sync", "--provider", "mysql"], '"sync" does not accept --provider.'],
  [["doctor", "--write"], '"doctor" does not accept --write.'],
  [["init", "sqlite"], 'Unexpected argument "sqlite".'],
  [["init", "--chat", "my chat"], "is not a valid name for a Prisma model"],
  [["init", "--chat", "LlmMessage"], "Two models would be named LlmMessage."],
])("rejects a wrong command line with exit code 2: %j", async (args, message) => {
  const project = createCliProject();
  const { code, out, err } = await project.run(...args);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toContain(message);
  expect(err).toContain("npx node-llm-trpc");
  expect(project.list()).toEqual([]);
});

it("reports a file that cannot be written, without a stack", async () => {
  const project = createCliProject({ prisma: "a file in place of the folder" });
  const { code, err } = await project.run("init");
  expect(code).toBe(1);
  expect(err).toMatch(/could not be read or written|ENOTDIR/);
  expect(err).not.toMatch(/^ +at /m);
});
