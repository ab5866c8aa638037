import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function readLock(): Promise<Readonly<Record<string, LockedPackage>>> {
  const text = await readFile(join(projectRoot, "package-lock.json"), "utf8");
  return (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages;
}

/** Returns the paths where Node looks for `name` from `path`, nearest first. */
function candidates(path: string, name: string): readonly string[] {
  const parts = path.split("/node_modules/");
  const parents = parts.map((_, index) =>
    parts.slice(0, parts.length - index).join("/node_modules/"),
  );
  return [...parents.map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`];
}

it("lists the packages of every platform, without which `npm ci` fails", async () => {
  const packages = await readLock();
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !candidates(path, name).some((candidate) => candidate in packages),
    ),
  );
  expect(missing).toEqual([]);
});

it("has the hash of every package, so that no registry can replace one", async () => {
  const unhashed = Object.entries(await readLock()).filter(
    ([path, { integrity, inBundle }]) =>
      // The project itself has none, and what a package bundles is part of its hash.
      path !== "" && inBundle !== true && integrity?.startsWith("sha512-") !== true,
  );
  expect(unhashed.map(([path]) => path)).toEqual([]);
});

it("contains no download URLs", async () => {
  const addresses = Object.values(await readLock()).flatMap(({ resolved }) => resolved ?? []);
  expect(addresses).toEqual([]);
});
