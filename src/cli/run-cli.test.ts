import { expect, it } from "vitest";

import { createCliProject } from "../../test/support/cli-project.ts";

it.each([
  [["--help"], "Commands:"],
  [["-h"], "Commands:"],
  [["help"], "Commands:"],
  [["init", "--help"], "node-llm-trpc init"],
  [["help", "sync"], "node-llm-trpc sync"],
  [["doctor", "-h"], "node-llm-trpc doctor"],
])("explains itself: %j", async (args, text) => {
  const { code, out } = await createCliProject().run(...args);
  expect(code).toBe(0);
  expect(out).toContain(text);
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});

it("says its version", async () => {
  expect((await createCliProject().run("--version")).out).toMatch(/^\d+\.\d+\.\d+/);
});

it.each([
  [[], "Usage:"],
  [["frobnicate"], 'There is no command "frobnicate". There are: init, sync, doctor.'],
  [["init", "--frobnicate"], "Unknown option '--frobnicate'."],
  [["init", "--provider"], "argument missing"],
  [["init", "--provider", "oracle"], "--provider oracle is not one of: sqlite, postgresql, mysql."],
  [["init", "--schema", ""], "An option is empty."],
  [["sync", "--provider", "mysql"], '"sync" has no option --provider.'],
  [["doctor", "--write"], '"doctor" has no option --write.'],
  [["init", "sqlite"], 'Unexpected "sqlite".'],
  [["init", "--chat", "my chat"], "cannot be the name of a Prisma model"],
  [["init", "--chat", "LlmMessage"], "Two models would be named LlmMessage."],
])("refuses a wrong command line with exit code 2: %j", async (args, message) => {
  const project = createCliProject();
  const { code, out, err } = await project.run(...args);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toContain(message);
  expect(err).toContain("npx node-llm-trpc");
  expect(project.list()).toEqual([]);
});

it("says it when a file cannot be written", async () => {
  const project = createCliProject({ prisma: "a file where the folder should be" });
  const { code, err } = await project.run("init");
  expect(code).toBe(1);
  expect(err).toMatch(/could not be read or written|ENOTDIR/);
  expect(err).not.toMatch(/^ +at /m);
});
