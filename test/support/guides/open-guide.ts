import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect, onTestFinished } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { replaceImports } from "../project/import-example.ts";
import { followGuide } from "./follow-guide.ts";

/** What a module of the app exports that a guide does not write itself. */
type StandIns = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface OpenGuide {
  readonly folder: string;
  /** Imports a file of the guide. The caller, who has read it, says what it exports. */
  load<Exports>(file: string): Promise<Exports>;
}

interface GuideOptions {
  /** For packages that the guide imports, the file to import instead. */
  readonly packages?: Readonly<Record<string, string>>;
  /** Runs a command that is not `npm install`. */
  readonly run?: (command: string, folder: string) => Promise<void>;
}

/**
 * Follows a guide in a folder of its own until the test ends. The app around it is `test/docs-app`, with the modules that
 * are only declared there replaced.
 */
export async function openGuide(
  page: string,
  standIns: StandIns = {},
  { packages = {}, run }: GuideOptions = {},
): Promise<OpenGuide> {
  await mkdir(join(projectRoot, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, ".cache/guide-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(projectRoot, "test/docs-app/client"), join(folder, "client"), { recursive: true });
  const chatHooks = join(folder, "client/chat-hooks.ts");
  await writeFile(chatHooks, replaceImports(await readFile(chatHooks, "utf8")));
  Reflect.set(globalThis, Symbol.for(folder), standIns);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, Symbol.for(folder)));
  for (const [path, values] of Object.entries(standIns)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const source = `globalThis[Symbol.for(${JSON.stringify(folder)})][${JSON.stringify(path)}]`;
    const code = `export const { ${Object.keys(values).join(", ")} } = ${source};`;
    await writeFile(join(folder, `${path}.ts`), code);
  }
  await followGuide(page, folder, {
    run: async (command) =>
      run === undefined || command.startsWith("npm install ")
        ? await checkInstall(command)
        : await run(command, folder),
    adapt: (code) => replaceImports(code, packages),
  });
  return {
    folder,
    load: async <Exports>(file: string) => (await import(join(folder, file))) as Exports,
  };
}

/** A guide may only tell people to install what this repository has, so that it is what was tried. */
async function checkInstall(command: string): Promise<void> {
  const [, names = ""] = /^npm install (?:-D )?(.+)$/.exec(command) ?? [];
  expect(names, command).not.toBe("");
  for (const name of names.split(" ")) {
    if (name === "node-llm-trpc") continue;
    const path = join(
      projectRoot,
      "node_modules",
      name.replace(/(?<=.)@[\d.]+$/, ""),
      "package.json",
    );
    const { version }: { version?: unknown } = Object(JSON.parse(await readFile(path, "utf8")));
    const [, wanted = ""] = /.@([\d.]+)$/.exec(name) ?? [];
    expect(`${String(version)}.`.startsWith(wanted && `${wanted}.`), name).toBe(true);
  }
}
