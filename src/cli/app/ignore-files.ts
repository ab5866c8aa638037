import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import type { SetupStep } from "../code/file-change.ts";
import { changed, done } from "../code/file-change.ts";

const step = "Ignored files";

interface Ignored {
  readonly comment: string;
  readonly patterns: readonly string[];
}

/**
 * Plans the lines of .gitignore for SQLite's files and the generated client. Git is not the only one who reads it: Tailwind
 * watches what is not ignored, and would refresh the page in development with each write to the database.
 *
 * @param url the database's URL, or null
 * @param clientFolder the folder of the generated client relative to the project, if this command chose it
 */
export function ignoreFiles(
  cwd: string,
  isSqlite: boolean,
  url: string | null,
  clientFolder: string | null,
): SetupStep {
  const path = join(cwd, ".gitignore");
  const before = existsSync(path) ? readFileSync(path, "utf8") : null;
  const present = new Set((before ?? "").split(/\r?\n/).map((line) => line.trim()));
  const file = url?.startsWith("file:") ? basename(url.slice(5).split("?")[0] ?? "") : "";
  const isPresent = (pattern: string): boolean =>
    [...present].some(
      (line) => line.replace(/^\//, "").replace(/\/$/, "") === pattern.replace(/^\/|\/$/g, ""),
    );
  const wanted: readonly Ignored[] = [
    {
      comment: "# SQLite's database and the files beside it, which change with each write",
      patterns: isSqlite ? [...(file === "" ? [] : [file]), "*-wal", "*-shm"] : [],
    },
    {
      comment: "# Prisma's generated client",
      patterns: clientFolder === null ? [] : [`/${clientFolder}/`],
    },
  ];
  const blocks = wanted.flatMap(({ comment, patterns }) => {
    const missing = patterns.filter((pattern) => !isPresent(pattern));
    return missing.length === 0 ? [] : [[comment, ...missing].join("\n")];
  });
  if (blocks.length === 0) return done(step);
  const start = before === null || before.trim() === "" ? "" : `${before.trimEnd()}\n\n`;
  const newline = before?.includes("\r\n") === true ? "\r\n" : "\n";
  const after = `${start}${blocks.join("\n\n")}\n`.replace(/\r?\n/g, newline);
  return changed(step, { path, label: ".gitignore", before, after });
}
