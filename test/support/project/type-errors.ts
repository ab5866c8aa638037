import { join } from "node:path";

import { execute } from "./execute.ts";

/**
 * Lists errors in a file of a strict project and in our declarations, but not in those of other packages.
 *
 * @param folder the project, with TypeScript and this package installed
 */
export async function typeErrors(folder: string, file: string): Promise<readonly string[]> {
  const options =
    "--strict --exactOptionalPropertyTypes --noEmit --module nodenext --target es2022";
  const tsc = join(folder, "node_modules/typescript/bin/tsc");
  const args = [tsc, ...options.split(" "), "--skipLibCheck", "false", file];
  const output = await execute(process.execPath, args, folder).catch(String);
  const ours = /^(?:[\w-]+\.ts|node_modules\/node-llm-trpc\/.*)\(\d+,\d+\): error/;
  return output.split("\n").filter((line) => ours.test(line));
}
