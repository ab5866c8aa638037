import { findPackage } from "./find-package.ts";
import { readPackageJson } from "./read-package-json.ts";

/** The major version of the Prisma that is installed; 7, which `init` recommends, when there is none. */
export function prismaMajorOf(cwd: string): number {
  return installedMajor(cwd, "prisma") ?? installedMajor(cwd, "@prisma/client") ?? 7;
}

function installedMajor(cwd: string, name: string): number | null {
  const folder = findPackage(cwd, name);
  const version = folder === null ? undefined : readPackageJson(folder)["version"];
  const major = typeof version === "string" ? Number.parseInt(version, 10) : Number.NaN;
  return Number.isNaN(major) ? null : major;
}
