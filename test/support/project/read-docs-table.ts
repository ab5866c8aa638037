import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** Reads the table under a heading of a page in docs/, as the cells of each row whose first cell is code. */
export async function readDocsTable(page: string, heading: string): Promise<string[][]> {
  const text = await readFile(join(projectRoot, "docs", page), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}
