import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { codeBlocks } from "../project/read-markdown-pages.ts";

/** How the reader of a guide does what it says. */
interface Reader {
  /** Runs a line of a block of `bash`. Throws for a command that it does not know. */
  readonly run: (command: string) => Promise<void>;
  /** What becomes of the code of a file before it is written. */
  readonly adapt?: (code: string) => string;
}

/**
 * Does what a guide says in a folder, from its first block to its last: a block that begins with the name of a file is
 * that file, a `diff` changes lines of one, and `bash` is run. Blocks of `json` and `text` are there to be looked at.
 *
 * @param page the path of the guide in this repository
 * @throws when a block is none of these, and when the lines that a diff changes are not in the file exactly once.
 */
export async function followGuide(
  page: string,
  folder: string,
  { run, adapt = (code) => code }: Reader,
): Promise<void> {
  const text = await readFile(join(projectRoot, page), "utf8");
  for (const { language, file, code, line } of codeBlocks({ path: page, text })) {
    if (language === "json" || language === "text") continue;
    try {
      if (language === "diff" && file !== null) await change(join(folder, file), code);
      else if (file !== null) await write(join(folder, file), adapt(code));
      else if (language === "bash") for (const command of commands(code)) await run(command);
      else throw new Error("The block says neither which file it is nor what to run.");
    } catch (error) {
      throw new Error(`${page}:${line}: ${String(error)}`, { cause: error });
    }
  }
}

async function write(path: string, code: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
}

/** Changes a file as a diff says whose first line is its name. `@@` stands between changes in several places. */
async function change(path: string, diff: string): Promise<void> {
  let text = await readFile(path, "utf8");
  const lines = diff.trimEnd().split("\n").slice(1);
  for (const hunk of lines.join("\n").split(/^@@.*\n/m)) {
    const side = (sign: string): string =>
      hunk
        .split("\n")
        .filter((line) => line === "" || line.startsWith(" ") || line.startsWith(sign))
        .map((line) => line.slice(1))
        .join("\n")
        .replace(/^\n+|\n+$/g, "");
    const before = side("-");
    const after = side("+");
    const parts = text.split(before);
    if (before === "" || parts.length !== 2) {
      throw new Error(
        `These lines are in ${path} ${parts.length - 1} times:\n${before}\n\n${text}`,
      );
    }
    text = parts.join(after);
  }
  await writeFile(path, text);
}

function commands(code: string): string[] {
  return code
    .replaceAll("\\\n", " ")
    .split(/\n|&&/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
