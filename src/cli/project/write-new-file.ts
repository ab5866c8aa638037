import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { CliError } from "./cli-error.ts";

/**
 * Writes a file that does not exist yet, and the folders that it is in.
 *
 * @param label the path relative to the project, for messages
 * @throws {CliError} when something has that name already, even a link that leads nowhere
 */
export function writeNewFile(path: string, label: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    // "wx" makes sure that no file is overwritten, not even one that was created a moment ago.
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new CliError(
      `${label} was not written, because something has that name already: a file that was created a moment ago, or a link that leads nowhere. Move it away, and run the command again.`,
    );
  }
}
