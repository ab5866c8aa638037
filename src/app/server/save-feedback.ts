import { appendFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { databaseUrl, isPostgres, sqlitePath } from "./database-url.ts";

/** Appends a line to `feedback.md`, next to the SQLite file or in `.data`. Resolves to the file's path. */
export async function saveFeedback(text: string): Promise<string> {
  const url = databaseUrl();
  const folder = isPostgres(url) ? ".data" : dirname(sqlitePath(url));
  const file = join(/* turbopackIgnore: true */ folder, "feedback.md");
  await mkdir(/* turbopackIgnore: true */ folder, { recursive: true });
  const line = text.replaceAll(/\s+/g, " ").trim().slice(0, 2_000);
  await appendFile(file, `- ${new Date().toISOString()} ${line}\n`);
  return file;
}
