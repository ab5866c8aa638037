import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";

/** Each file breaks one rule; the last item is the rule that must fire. */
const bad = [
  ["src/chat/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "no-restricted-imports"],
  ["src/chat/b.ts", `import { z } from "zod"; export default z;`, "no-restricted-imports"],
  [
    "src/orm/a.ts",
    `import { x } from "../server/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  [
    "src/orm/b.ts",
    `import { TRPCError } from "@trpc/server"; export default TRPCError;`,
    "no-restricted-imports",
  ],
  [
    "src/orm/c.ts",
    `import { x } from "../../generated/sqlite/client.ts"; export default x;`,
    "no-restricted-imports",
  ],
  [
    "src/server/a.ts",
    `import { x } from "../react/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  [
    "src/server/b.ts",
    `import { useMemo } from "react"; export default useMemo;`,
    "no-restricted-imports",
  ],
  [
    "src/server/c.ts",
    `import { x } from "../redis/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  ["src/redis/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "no-restricted-imports"],
  [
    "src/react/a.ts",
    `import { x } from "../server/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  [
    "src/react/b.ts",
    `import type { X } from "../orm/x.ts"; export type Y = X;`,
    "no-restricted-imports",
  ],
  [
    "src/react/c.ts",
    `import { randomUUID } from "node:crypto"; export default randomUUID;`,
    "no-restricted-imports",
  ],
  [
    "src/testing/a.ts",
    `import { x } from "../app/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  ["src/cli/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "no-restricted-imports"],
  [
    "src/app/a.ts",
    `import { x } from "../server/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  [
    "src/app/ui/parts/b.ts",
    `import { x } from "../../../chat/x.ts"; export default x;`,
    "no-restricted-imports",
  ],
  ["src/orm/CamelCase.ts", `export const x = 1;`, "filename-case"],
  [
    "src/orm/ring-one.ts",
    `import { b } from "./ring-two.ts"; export const a = (): number => b;`,
    "no-cycle",
  ],
  [
    "src/orm/ring-two.ts",
    `import { a } from "./ring-one.ts"; export const b: number = a();`,
    "no-cycle",
  ],
  [
    "src/orm/floating.ts",
    `const f = async (): Promise<void> => {}; export const g = (): void => { f(); };`,
    "no-floating-promises",
  ],
  ["src/orm/any.ts", `export const x = (value: any): unknown => value;`, "no-explicit-any"],
  [
    "src/orm/bang.ts",
    `export const x = (value: string | null): string => value!;`,
    "no-non-null-assertion",
  ],
  ["src/orm/log.ts", `console.log("x");`, "no-console"],
  [
    "src/react/hook.ts",
    `import { useState } from "react"; export function useX(on: boolean): unknown { if (on) return useState(0); return null; }`,
    "rules-of-hooks",
  ],
] as const;

const good = [
  ["src/orm/x.ts", `export const x = 1; export type X = number;`],
  ["src/chat/x.ts", `export const x = 1;`],
  ["src/server/x.ts", `import { x as y } from "../orm/x.ts"; export const x = y;`],
  ["src/redis/x.ts", `import { x as y } from "../server/x.ts"; export const x = y;`],
  ["src/react/x.ts", `import type { x as y } from "../server/x.ts"; export type X = typeof y;`],
  [
    "src/react/types.ts",
    `import type { AnyRouter } from "@trpc/server"; export type Z = AnyRouter;`,
  ],
  ["src/app/ui/x.ts", `import { x as y } from "../server/x.ts"; export const x = y;`],
  ["src/app/server/x.ts", `import { x as y } from "node-llm-trpc/server"; export const x = y;`],
] as const;

let folder: string;
let found: readonly { readonly file: string; readonly rule: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lint-"));
  for (const name of [".oxlintrc.json", "tsconfig.json"]) {
    await cp(join(projectRoot, name), join(folder, name));
  }
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"), "junction");
  for (const [name, code] of [...bad, ...good]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), `${code}\n`);
  }
  found = await lint();
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each(bad)("%s is refused: %s (%s)", (file, _code, rule) => {
  expect(found.filter((finding) => finding.file === file).map((finding) => finding.rule)).toContain(
    rule,
  );
});

it.each(good)("%s is allowed: %s", (file) => {
  expect(found.filter((finding) => finding.file === file)).toEqual([]);
});

async function lint(): Promise<typeof found> {
  const bin = join(projectRoot, "node_modules/oxlint/bin/oxlint");
  // Only src: the linter would follow the link to node_modules and read all of it.
  const run = promisify(execFile)(process.execPath, [bin, "-f", "json", "src"], { cwd: folder });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const report = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  return report.diagnostics.map(({ filename, code }) => ({
    file: filename.replaceAll("\\", "/"),
    rule: /\((.*)\)/.exec(code)?.[1] ?? code,
  }));
}
