import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { tanStackAppFiles } from "./tanstack-app-files.ts";

/** Writes an app with an App Router and `@trpc/tanstack-react-query` into a folder. */
export async function writeTanStackApp(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(tanStackAppFiles)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
