import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

/** The statements that docs/migrations.md has for owners, for a user of this name. */
export async function ownerStatements(): Promise<string[]> {
  const page = await readFile(join(projectRoot, "docs/migrations.md"), "utf8");
  const block = /```sql\n(UPDATE.*?)```/s.exec(page)?.[1] ?? "";
  return block
    .replace("user_1", "u1")
    .split("\n")
    .filter((line) => line !== "");
}
