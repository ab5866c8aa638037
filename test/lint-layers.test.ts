import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { layers } from "../scripts/lint/layers.js";
import { sourceFiles } from "./support/project/source-files.ts";

interface Place {
  /** Such as "src/orm", "src/orm/turn" or "src/server/errors.ts". */
  readonly path: string;
  readonly layer: string;
  /** The part of the layer. Empty for a file outside the parts. */
  readonly part: string;
}

const places: readonly Place[] = Object.entries(layers).flatMap(([layer, { parts }]) =>
  ["", ...Object.keys(parts)].map((part) => ({
    path: posix.join("src", layer, part),
    layer,
    part,
  })),
);

/** Every import that a file in a place could have, in the order of the lines of `every-import.ts`. */
const imports = (["", "type "] as const).flatMap((kind) => places.map((to) => ({ kind, to })));

const fileAt = ({ path }: Place): string =>
  /\.tsx?$/.test(path) ? path : posix.join(path, "every-import.ts");

const importAll = (from: Place): string =>
  imports
    .map(({ kind, to }) => {
      const path = posix.relative(posix.dirname(fileAt(from)), fileAt(to));
      return `export ${kind}{} from "${path.startsWith(".") ? path : `./${path}`}";`;
    })
    .join("\n");

function mayImport(from: Place, to: Place, kind: "" | "type "): boolean {
  const { layers: others = [], parts = {} } = layers[from.layer] ?? {};
  const allows = (names: readonly string[], name: string): boolean =>
    names.includes(name) || names.includes(`${kind}${name}`);
  if (from.layer !== to.layer) return allows(others, to.layer);
  return from.part === "" || from.part === to.part || allows(parts[from.part] ?? [], to.part);
}

/** Each file breaks one rule. The last item is the rule that must fire. */
const bad = [
  ["src/chat/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "imports"],
  ["src/chat/b.ts", `import { z } from "zod"; export default z;`, "imports"],
  ["src/orm/turn/a.ts", `import { x } from "../../server/x.ts"; export default x;`, "imports"],
  [
    "src/orm/b.ts",
    `import { TRPCError } from "@trpc/server"; export default TRPCError;`,
    "imports",
  ],
  ["src/orm/c.ts", `import { x } from "../../generated/x.ts"; export default x;`, "imports"],
  ["src/orm/d.ts", `import { x } from "node-llm-trpc/server"; export default x;`, "imports"],
  ["src/orm/e.ts", `export const x = import("../server/x.ts");`, "imports"],
  ["src/orm/f.ts", `export type X = import("../server/x.ts").X;`, "consistent-type-imports"],
  ["src/orm/g.ts", `export * from "../server/x.ts";`, "imports"],
  ["src/orm/database/a.ts", `import { x } from "../turn/x.ts"; export default x;`, "imports"],
  ["src/orm/turn/b.ts", `import { x } from "../x.ts"; export default x;`, "imports"],
  ["src/orm/no-part/a.ts", `export const x = 1;`, "imports"],
  ["src/no-layer/a.ts", `export const x = 1;`, "imports"],
  ["src/server/a.ts", `import { x } from "../react/x.ts"; export default x;`, "imports"],
  ["src/server/b.ts", `import { useMemo } from "react"; export default useMemo;`, "imports"],
  ["src/server/c.ts", `import { x } from "../redis/x.ts"; export default x;`, "imports"],
  ["src/redis/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "imports"],
  ["src/react/a.ts", `import { x } from "../server/x.ts"; export default x;`, "imports"],
  ["src/react/b.ts", `import type { X } from "../orm/x.ts"; export type Y = X;`, "imports"],
  [
    "src/react/c.ts",
    `import { randomUUID } from "node:crypto"; export default randomUUID;`,
    "imports",
  ],
  ["src/testing/a.ts", `import { x } from "../app/x.ts"; export default x;`, "imports"],
  ["src/cli/a.ts", `import { x } from "../orm/x.ts"; export default x;`, "imports"],
  ["src/app/a.ts", `import { x } from "../server/x.ts"; export default x;`, "imports"],
  ["src/app/server/b.ts", `import { x } from "../../chat/x.ts"; export default x;`, "imports"],
  ["src/app/client/b.ts", `import { x } from "../server/x.ts"; export default x;`, "imports"],
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
    "src/orm/type-ring-one.ts",
    `import type { B } from "./type-ring-two.ts"; export type A = B | 1;`,
    "no-cycle",
  ],
  [
    "src/orm/type-ring-two.ts",
    `import type { A } from "./type-ring-one.ts"; export type B = { readonly a: A };`,
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
  ["src/server/zod.ts", `import { z } from "zod/v4"; export default z;`],
  ["src/redis/x.ts", `import { x as y } from "../server/x.ts"; export const x = y;`],
  ["src/react/x.ts", `import type { x as y } from "../server/x.ts"; export type X = typeof y;`],
  ["src/app/client/x.ts", `import type { X as Y } from "../server/x.ts"; export type X = Y;`],
  ["src/app/server/x.ts", `import { x as y } from "node-llm-trpc/server"; export const x = y;`],
  ["src/app/server/y.ts", `import { x as y } from "../../../generated/x.ts"; export const x = y;`],
  ["src/orm/database/x.test.ts", `import { x as y } from "../../app/x.ts"; export const x = y;`],
] as const;

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

let folder: string;
let found: readonly Finding[];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lint-")));
  for (const name of [".oxlintrc.json", "tsconfig.json", "package.json", "scripts/lint"]) {
    await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  }
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"), "junction");
  const every = places.map((place) => [fileAt(place), importAll(place)] as const);
  for (const [name, code] of [...bad, ...good, ...every]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), `${code}\n`);
  }
  found = await lint();
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it.each(places)("$path may import what the table allows, and nothing else", (from) => {
  const refused = found
    .filter(({ file, rule }) => file === fileAt(from) && rule === "imports")
    .map(({ line }) => imports[line - 1]);
  expect(refused.map(describeImport).toSorted()).toEqual(
    imports
      .filter(({ kind, to }) => !mayImport(from, to, kind))
      .map(describeImport)
      .toSorted(),
  );
});

it.each(bad)("%s is refused: %s (%s)", (file, _code, rule) => {
  expect(found.filter((finding) => finding.file === file).map((finding) => finding.rule)).toContain(
    rule,
  );
});

it.each(good)("%s is allowed: %s", (file) => {
  expect(found.filter((finding) => finding.file === file)).toEqual([]);
});

describe("the table of layers", () => {
  it("has no circles", () => {
    const order = new Map<string, readonly string[]>();
    for (const [layer, { layers: below, parts }] of Object.entries(layers)) {
      const withoutType = (name: string): string => name.replace(/^type /, "");
      const inside = (part: string): string => posix.join(layer, withoutType(part));
      order.set(layer, [...below.map(withoutType), ...Object.keys(parts).map(inside)]);
      for (const [part, others] of Object.entries(parts)) {
        order.set(inside(part), others.map(inside));
      }
    }
    const above: string[] = [];
    const visit = (place: string): void => {
      expect(above, [...above, place].join(" imports ")).not.toContain(place);
      above.push(place);
      for (const next of order.get(place) ?? expect.fail(`${place} is not in the table.`))
        visit(next);
      above.pop();
    };
    for (const place of order.keys()) visit(place);
  });

  it("names every folder of src", async () => {
    const named = new Set(places.map(({ path }) => path));
    const folders = new Set((await sourceFiles()).map((file) => posix.dirname(file)));
    // src itself contains a file that Next.js expects there.
    expect([...folders].filter((path) => !named.has(path))).toEqual(["src"]);
  });

  it("names only what exists", () => {
    const gone = places.filter(({ path }) => !existsSync(join(projectRoot, path)));
    expect(gone.map(({ path }) => path)).toEqual([]);
  });
});

const describeImport = (line: (typeof imports)[number] | undefined): string =>
  `${line?.kind}${line?.to.path}`;

async function lint(): Promise<typeof found> {
  const bin = join(projectRoot, "node_modules/oxlint/bin/oxlint");
  // Only src, because the linter would follow the link to node_modules.
  const run = promisify(execFile)(process.execPath, [bin, "-f", "json", "src"], {
    cwd: folder,
    maxBuffer: Infinity,
  });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const report = JSON.parse(stdout) as {
    diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[];
  };
  return report.diagnostics.map(({ filename, code, labels }) => ({
    file: filename.replaceAll("\\", "/"),
    line: labels[0]?.span.line ?? 0,
    rule: /\((.*)\)/.exec(code)?.[1] ?? code,
  }));
}
