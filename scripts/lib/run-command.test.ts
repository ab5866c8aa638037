import { expect, it } from "vitest";

import { runCommand } from "./run-command.ts";

it("collects both outputs and the exit code of a quiet command", async () => {
  const code = `console.log(process.env.GREETING); console.error("bye"); process.exit(3)`;
  const options = { quiet: true, env: { GREETING: "hello" } };
  const result = await runCommand(process.execPath, ["--eval", code], options);
  expect(result.code).toBe(3);
  expect(result.output).toContain("hello\n");
  expect(result.output).toContain("bye\n");
});

it("resolves with code 127 for a program that does not exist", async () => {
  expect(await runCommand("no-such-program", [], { quiet: true })).toMatchObject({ code: 127 });
});
