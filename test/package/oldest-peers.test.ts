import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { projectRoot } from "../../scripts/lib/project-root.ts";
import { oldestCompanions, oldestPeers } from "../support/apps/oldest-packages.ts";
import { execute } from "../support/project/execute.ts";
import { installPackage } from "../support/project/install-package.ts";
import type { InstalledPackage } from "../support/project/install-package.ts";
import { typeErrors } from "../support/project/type-errors.ts";

let installed: InstalledPackage;

// Unlike the other tests of the package, this one needs the registry. npm refuses to install what conflicts.
beforeAll(async () => {
  installed = await installPackage({ ...oldestPeers, ...oldestCompanions });
});

afterAll(async () => {
  await installed.remove();
});

it("names the oldest versions as peers", async () => {
  const manifest = await readFile(join(projectRoot, "package.json"), "utf8");
  const { peerDependencies }: { peerDependencies: Readonly<Record<string, string>> } =
    JSON.parse(manifest);
  const oldest = Object.entries(peerDependencies).map(([name, range]) => [
    name,
    range.split(" || ")[0]?.replace("^", ""),
  ]);
  expect(Object.fromEntries(oldest)).toEqual(oldestPeers);
});

it("type-checks with the oldest peers, declarations included", async () => {
  const folder = installed.folder;
  const consumer = await readFile(join(projectRoot, "test/package/consumer.ts.txt"), "utf8");
  await writeFile(join(folder, "consumer.ts"), consumer);
  expect(await typeErrors(folder, "consumer.ts")).toEqual([]);
  await writeFile(join(folder, "wrong.ts"), consumer.replace("ctx.user.id", "ctx.user.name"));
  expect(await typeErrors(folder, "wrong.ts")).toEqual([expect.stringContaining("wrong.ts(")]);
});

it("loads with the oldest peers", async () => {
  const layers = ["orm", "server", "redis", "react", "testing"];
  const adapters = ["adapters/fetch", "adapters/node-http", "adapters/standalone"];
  const entries = layers.concat(adapters);
  const code = entries.map((entry) => `await import("node-llm-trpc/${entry}");`).join("\n");
  await writeFile(join(installed.folder, "load.mjs"), `${code}\nconsole.log("loaded");`);
  expect(await execute(process.execPath, ["load.mjs"], installed.folder)).toBe("loaded\n");
});
