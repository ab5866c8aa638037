import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { afterAll, beforeAll, expect, it } from "vitest";

import { PrismaClient } from "../../generated/sqlite/client.ts";
import { migrateDatabase } from "../../scripts/lib/migrate-database.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import { execute } from "../support/project/execute.ts";
import { freePort } from "../support/servers/free-port.ts";
import { typeErrors } from "../support/project/type-errors.ts";
import { installPackage } from "../support/project/install-package.ts";
import type { InstalledPackage } from "../support/project/install-package.ts";
import { readExample } from "../support/project/read-markdown-pages.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPackage();
});

afterAll(async () => {
  await installed.remove();
});

/** Every entry, with names that it must export. */
const entries = {
  orm: ["createChat", "loadChat", "Chat", "ChatError"],
  server: ["createChatRouter", "createMemoryHub"],
  redis: ["createRedisHub"],
  react: ["createChatHooks"],
  testing: ["createScriptedProvider", "createTestDatabase"],
} as const;

const names = Object.keys(entries) as (keyof typeof entries)[];

async function run(name: string, code: string): Promise<string> {
  await writeFile(join(installed.folder, name), code);
  return await execute(process.execPath, [name], installed.folder);
}

/** Reads all files that an entry imports. Returns their text and the packages that they import. */
async function readEntry(entry: string): Promise<{ packages: Set<string>; text: string }> {
  const packages = new Set<string>();
  const files = new Map<string, string>();
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    const text = await readFile(file, "utf8");
    files.set(file, text);
    for (const [, name = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      if (name.startsWith(".")) await visit(join(dirname(file), name));
      else packages.add(name);
    }
  };
  await visit(join(installed.packageFolder, "dist", entry, "index.js"));
  return { packages, text: [...files.values()].join("\n") };
}

it.each(names)("imports node-llm-trpc/%s in plain Node", async (entry) => {
  const code = `import * as entry from "node-llm-trpc/${entry}"; console.log(Object.keys(entry).join());`;
  const exported = (await run(`${entry}.mjs`, code)).trim().split(",");
  expect(exported).toEqual(expect.arrayContaining([...entries[entry]]));
});

it("has no entry that mixes server and client", async () => {
  await expect(run("root.mjs", `import "node-llm-trpc";`)).rejects.toThrow(
    "ERR_PACKAGE_PATH_NOT_EXPORTED",
  );
});

it.each(names)("ships no generated client in %s", async (entry) => {
  expect((await readEntry(entry)).text).not.toContain("generated/");
});

it("shows what a procedure does when its name is hovered in an editor", async () => {
  const file = join(installed.packageFolder, "dist", "server", "create-chat-router.d.ts");
  const text = await readFile(file, "utf8");
  const procedures = [...text.matchAll(/^ {4}(\w+): .*(?:Procedure|Subscription)</gm)].filter(
    ([, name]) => name !== "procedure",
  );
  const undocumented = procedures.filter(({ index }) => !text.slice(0, index).endsWith("*/\n"));
  expect(procedures.length).toBeGreaterThanOrEqual(16);
  expect(undocumented.map(([, name]) => name)).toEqual([]);
});

it("ships no server code in react", async () => {
  const { packages, text } = await readEntry("react");
  const allowed = /^(react|@tanstack\/react-query|@trpc\/client)($|\/)/;
  expect([...packages].filter((name) => !allowed.test(name))).toEqual([]);
  expect(text).not.toMatch(/\bprocess\.|\bBuffer\b|\brequire\(/);
});

it("contains the schema and the migrations, but no tests and no demo", async () => {
  const content = await readdir(installed.packageFolder);
  expect(content.filter((name) => !/^(README|LICENSE|CHANGELOG)/.test(name)).toSorted()).toEqual([
    "dist",
    "package.json",
    "prisma",
  ]);
  const files = await readdir(installed.packageFolder, { recursive: true });
  expect(files).toContain(join("prisma", "schema.prisma"));
  expect(files.filter((name) => name.endsWith("migration.sql")).length).toBeGreaterThanOrEqual(2);
  expect(files.filter((name) => /\.(test|test-d)\.|^dist.app/.test(name))).toEqual([]);
});

it("installs a command that writes the schema", async () => {
  const folder = join(installed.folder, "init");
  await mkdir(folder);
  const command = join(installed.folder, "node_modules/.bin/node-llm-trpc");
  const output = await execute(command, ["init", "--provider", "sqlite"], folder);
  expect(output).toContain("Wrote prisma/schema.prisma for sqlite");
  expect(await readFile(join(folder, "prisma/schema.prisma"), "utf8")).toContain("model LlmChat {");
});

it("runs the README's example of a plain server", { timeout: 60_000 }, async () => {
  const block = await readExample("README.md", "server/main.ts");
  const lines = block.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//"));
  expect(lines).toHaveLength(15);
  const port = await freePort();
  await writeFile(join(installed.folder, "example.ts"), block.replaceAll("3000", `${port}`));
  await writeFile(
    join(installed.folder, "prisma.ts"),
    `import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaClient } from ${JSON.stringify(join(projectRoot, "generated/sqlite/client.ts"))};
export const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: process.env.DATABASE_URL ?? "" }) });
`,
  );
  const url = `file:${join(installed.folder, "example.db")}`;
  await migrateDatabase(url);
  const openAI = await startOpenAIServer(() => ({ text: ["Hello ", "yourself."] }));
  const loader = pathToFileURL(join(projectRoot, "node_modules/tsx/dist/loader.mjs")).href;
  const example = spawn(process.execPath, ["--import", loader, "example.ts"], {
    cwd: installed.folder,
    env: {
      ...process.env,
      DATABASE_URL: url,
      OPENAI_API_KEY: "sk-test",
      OPENAI_API_BASE: openAI.baseUrl,
    },
  });
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
  try {
    let errors = "";
    example.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    const exited = once(example, "exit").then(() => Promise.reject(new Error(errors)));
    const [line] = await Promise.race([once(createInterface(example.stdout), "line"), exited]);
    exited.catch(() => undefined);
    const id = /^The answer will be (.+)$/.exec(String(line))?.[1] ?? "";
    await expect
      .poll(() => prisma.llmMessage.findUnique({ where: { id } }), { timeout: 20_000 })
      .toMatchObject({ status: "complete", content: "Hello yourself." });
  } finally {
    example.kill();
    await prisma.$disconnect();
    await openAI.close();
  }
});

it("type-checks in a strict project, declarations included", async () => {
  await writeFile(
    join(installed.folder, "consumer.ts"),
    await readFile(join(projectRoot, "test/package/consumer.ts.txt"), "utf8"),
  );
  expect(await typeErrors(installed.folder, "consumer.ts")).toEqual([]);
});

it("reports a consumer's type error, which proves that the test above can fail", async () => {
  const code = `import { createChat } from "node-llm-trpc/orm";\ncreateChat(1);\n`;
  await writeFile(join(installed.folder, "wrong.ts"), code);
  expect(await typeErrors(installed.folder, "wrong.ts")).toEqual([
    expect.stringContaining("wrong.ts(2,"),
  ]);
});
