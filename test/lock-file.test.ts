import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly deprecated?: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function readLock(folder: string): Promise<Readonly<Record<string, LockedPackage>>> {
  const text = await readFile(join(projectRoot, folder, "package-lock.json"), "utf8");
  return (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages;
}

/** The benchmarks have packages of their own. */
const folders = [".", "bench"];

/** Returns the paths where Node looks for `name` from `path`, nearest first. */
function candidates(path: string, name: string): readonly string[] {
  const parts = path.split("/node_modules/");
  const parents = parts.map((_, index) =>
    parts.slice(0, parts.length - index).join("/node_modules/"),
  );
  return [...parents.map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`];
}

it.each(folders)(
  "%s lists the packages of every platform, without which `npm ci` fails",
  async (folder) => {
    const packages = await readLock(folder);
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !candidates(path, name).some((candidate) => candidate in packages),
      ),
    );
    expect(missing).toEqual([]);
  },
);

it.each(folders)(
  "%s has the hash of every package, so that no registry can replace one",
  async (folder) => {
    const unhashed = Object.entries(await readLock(folder)).filter(
      ([path, { integrity, inBundle }]) =>
        // The project itself has none, and what a package bundles is part of its hash.
        path !== "" && inBundle !== true && integrity?.startsWith("sha512-") !== true,
    );
    expect(unhashed.map(([path]) => path)).toEqual([]);
  },
);

it.each(folders)(
  "%s overrides what asks for a package's latest version: `npm ci` fails as soon as there is a newer one",
  async (folder) => {
    const manifest = await readFile(join(projectRoot, folder, "package.json"), "utf8");
    const { overrides = {} }: { overrides?: Readonly<Record<string, unknown>> } =
      JSON.parse(manifest);
    const names = Object.values(await readLock(folder)).flatMap(({ dependencies = {} }) =>
      Object.keys(dependencies).filter((name) => /^(latest|next)$/.test(dependencies[name] ?? "")),
    );
    expect(names.filter((name) => !(name in overrides))).toEqual([]);
  },
);

it.each(folders)("%s contains no download URLs", async (folder) => {
  const addresses = Object.values(await readLock(folder)).flatMap(({ resolved }) => resolved ?? []);
  expect(addresses).toEqual([]);
});

it("installs on the oldest Node that is supported without a warning", async () => {
  const { engines } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  const oldest = engines.node.replace(">=", "");
  expect(oldest).toMatch(/^20\.\d+$/);
  const noisy = Object.entries(await readLock(".")).filter(
    ([, { deprecated, engines: needed }]) =>
      deprecated !== undefined || !accepts(needed?.node ?? "*", oldest),
  );
  expect(noisy.map(([path]) => path)).toEqual([]);
});

/** Whether a range of versions, as `engines` has it, includes a version. */
function accepts(range: string, version: string): boolean {
  const numberOf = (text: string): number => {
    const [major = 0, minor = 0, patch = 0] = text.split(".").map((part) => Number(part) || 0);
    return major * 1e6 + minor * 1e3 + patch;
  };
  const given = numberOf(version);
  return range.split("||").some((alternative) => {
    const terms = alternative
      .replaceAll(/([<>=^~]+)\s+/g, "$1")
      .trim()
      .split(/\s+/);
    return terms.every((term) => {
      const [, operator = "", text = ""] = /^([<>=^~]*)v?(.*)$/.exec(term) ?? [];
      const bound = numberOf(text);
      const major = Number.parseInt(text, 10);
      if (text === "" || text === "*") return true;
      if (operator === ">=") return given >= bound;
      if (operator === ">") return given > bound;
      if (operator === "<") return given < bound;
      if (operator === "<=") return given <= bound;
      // `^20.1`, `~20.1` and `20.x` stay in their major version, as Node's lines of support do.
      return Number.parseInt(version, 10) === major && given >= bound;
    });
  });
}
