import { readFileSync } from "node:fs";

import { findPackage } from "../project/find-package.ts";
import { readDependencies, readPackageJson } from "../project/read-package-json.ts";
import type { Finding } from "./finding.ts";

const packageUrl = new URL("../../../package.json", import.meta.url);

/** tRPC's packages work with each other only in exactly one version. */
const trpcPackages = [
  "@trpc/server",
  "@trpc/client",
  "@trpc/react-query",
  "@trpc/tanstack-react-query",
  "@trpc/next",
];

/** Checks that what the project has installed is in the versions that this package works with. */
export function checkPeers(cwd: string): readonly Finding[] {
  const { peerDependencies }: { readonly peerDependencies?: unknown } = Object(
    JSON.parse(readFileSync(packageUrl, "utf8")),
  );
  const declared = readDependencies(cwd);
  const findings: Finding[] = [];
  const versions: string[] = [];
  for (const [name, range] of Object.entries(Object(peerDependencies))) {
    // Prisma's packages have a check of their own.
    if (name.startsWith("@prisma/")) continue;
    const version = versionOf(cwd, name);
    if (version !== null) versions.push(`${name} ${version}`);
    if (version === null && name !== "@node-llm/core") continue;
    if (version !== null && satisfies(version, String(range))) continue;
    const newest = String(range).split("||").at(-1)?.trim() ?? "";
    findings.push({
      status: "problem",
      text: `Versions: ${name} is ${version === null ? "not installed" : `${version}, and ${String(range)} is needed`}`,
      todo: `npm install ${name}@${Number.parseInt(newest.replace("^", ""), 10)}`,
    });
  }
  const trpc = trpcPackages.flatMap((name) => {
    const version = declared.has(name) ? versionOf(cwd, name) : null;
    return version === null ? [] : [{ name, version }];
  });
  const [first] = trpc;
  if (first !== undefined && trpc.some(({ version }) => version !== first.version)) {
    const newest =
      trpc
        .map(({ version }) => version)
        .toSorted(compareVersions)
        .at(-1) ?? "";
    findings.push({
      status: "problem",
      text: `Versions: tRPC's packages differ: ${trpc.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
      todo: `npm install ${trpc.map(({ name }) => `${name}@${newest}`).join(" ")}`,
    });
  }
  if (findings.length > 0) return findings;
  return [{ status: "ok", text: `Versions: ${versions.join(", ")}` }];
}

/** The version of an installed package, or null. */
export function versionOf(cwd: string, name: string): string | null {
  const folder = findPackage(cwd, name);
  if (folder === null) return null;
  const version = readPackageJson(folder)["version"];
  return typeof version === "string" ? version : "unknown";
}

/** Whether a version is in a range such as `^6.16.0 || ^7.0.0`, the only form that this package's peers have. */
export function satisfies(version: string, range: string): boolean {
  return range.split("||").some((part) => {
    const oldest = part.trim().replace(/^\^/, "");
    const sameMajor = Number.parseInt(version, 10) === Number.parseInt(oldest, 10);
    return sameMajor && compareVersions(version, oldest) >= 0;
  });
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] =>
    (version.split("-")[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const index = left.findIndex((number, at) => number !== (right[at] ?? 0));
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}
