import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, it, onTestFinished } from "vitest";

import { projectRoot } from "../../scripts/lib/project-root.ts";
import { runCommand } from "../../scripts/lib/run-command.ts";
import { schemaDiff } from "../support/databases/schema-diff.ts";
import { followGuide } from "../support/guides/follow-guide.ts";
import { execute } from "../support/project/execute.ts";
import { installPackage } from "../support/project/install-package.ts";

/** What create-t3-app installs. */
const before = {
  "@node-llm/core": "1.17.1",
  "@prisma/adapter-better-sqlite3": "6.19.3",
  "@prisma/client": "6.19.3",
  prisma: "6.19.3",
};

/** Asks in the only chat, or in a new one, and prints the chat's messages. */
const program = `
import { createLLM } from "@node-llm/core";
import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { db } from "./server/db.ts";

const llm = createLLM({ provider: createScriptedProvider(["It ", "works."]) });
const row = await db.llmChat.findFirst();
const chat = row === null ? await createChat(db, llm) : await loadChat(db, llm, row.id);
await chat.ask("Does it?");
const messages = await chat.messages();
const { version } = (await import("@prisma/client/package.json", { with: { type: "json" } })).default;
console.log(JSON.stringify({ version, messages, posts: await db.post.count() }));
`;

it("docs/guides/prisma-7.md: chats that Prisma 6 has written go on with Prisma 7", async () => {
  const installed = await installPackage(before);
  onTestFinished(async () => await installed.remove());
  const { folder } = installed;
  const read = async (file: string): Promise<string> => await readFile(join(folder, file), "utf8");
  const offline = {
    CHECKPOINT_DISABLE: "1",
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  };
  const node = async (...args: readonly string[]) =>
    await runCommand(process.execPath, args, { cwd: folder, quiet: true, env: offline });
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const { code, output } = await node(...args);
    expect(code, output).toBe(0);
    return output;
  };
  const generate = async (): Promise<unknown> =>
    await succeed("node_modules/prisma/build/index.js", "generate");
  const talk = async (): Promise<{
    version: string;
    messages: { content: string }[];
    posts: number;
  }> => {
    const tsx = import.meta.resolve("tsx");
    const output = await succeed("--env-file=.env", "--import", tsx, "talk.ts");
    return JSON.parse(output.trim().split("\n").at(-1) ?? "");
  };
  /** The native module of this repository, which is compiled. */
  const copyDriver = async (): Promise<void> => {
    const path = join(folder, "node_modules/better-sqlite3");
    await rm(path, { recursive: true });
    await cp(join(projectRoot, "node_modules/better-sqlite3"), path, { recursive: true });
  };
  /** The schema without what Prisma 7 refuses, for its engine, which compares schemas and makes tables. */
  const tables = async (): Promise<string> =>
    (await read("prisma/schema.prisma")).replace(/^\s*url\s*=.*$/m, "");

  let old: Awaited<ReturnType<typeof talk>> | null = null;
  let oldTables = "";
  /** Lets Prisma 6 write the app's first chat. */
  async function begin(): Promise<void> {
    const models = await readFile(join(projectRoot, "prisma/schema.prisma"), "utf8");
    const post = "model Post {\n  id Int @id @default(autoincrement())\n}\n";
    const schema = await read("prisma/schema.prisma");
    const all = `${schema}\n${post}\n${models.slice(models.indexOf("\nmodel "))}`;
    await writeFile(join(folder, "prisma/schema.prisma"), all);
    oldTables = await tables();
    const url = `file:${join(folder, "prisma/dev.db")}`;
    const connection = await new PrismaBetterSqlite3({ url }).connect();
    await connection.executeScript(await schemaDiff("sqlite", null, oldTables));
    await connection.dispose();
    await copyDriver();
    await generate();
    await writeFile(join(folder, "talk.ts"), program);
    old = await talk();
    expect(old.version).toBe(before.prisma);
    expect(old.messages).toHaveLength(2);
  }

  await followGuide("docs/guides/prisma-7.md", folder, {
    run: async (command) => {
      if (command.startsWith("npm install ")) {
        if (old === null) await begin();
        const [, ...args] = command.split(" ");
        const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
        await execute("npm", [...args, ...options], folder);
      } else if (command === "rm -r generated/prisma") {
        await rm(join(folder, "generated/prisma"), { recursive: true });
      } else if (command === "npx prisma generate") {
        await copyDriver();
        await generate();
      } else if (command === "npx prisma migrate status") {
        // It needs an engine that is downloaded. The same engine as WebAssembly compares the schemas.
        expect(await schemaDiff("sqlite", oldTables, await tables())).toBe("");
      } else if (command === "npx node-llm-trpc doctor") {
        const { output } = await node("node_modules/node-llm-trpc/dist/cli/main.js", "doctor");
        for (const name of ["Packages", "Schema", "DATABASE_URL"]) {
          expect(output).toContain(`✓ ${name}: `);
        }
        expect(output).toContain("generated/prisma matches the schema");
      } else throw new Error(`Nobody has said how to run this: ${command}`);
    },
  });

  const now = await talk();
  expect(now.version).toMatch(/^7\./);
  expect(now.messages.slice(0, 2)).toEqual(Object(old).messages);
  expect(now.messages).toHaveLength(4);
}, 300_000);
