import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterEach, beforeEach, expect, it } from "vitest";

import {
  migrationsPath,
  readSchema,
  schemaPath,
} from "../../../../scripts/lib/database-provider.ts";
import { migrateDatabase } from "../../../../scripts/lib/migrate-database.ts";
import { readMigrations } from "../../../../scripts/lib/read-migrations.ts";
import { runCommand } from "../../../../scripts/lib/run-command.ts";
import { SetupError } from "../../../../scripts/lib/setup-error.ts";
import { openSchemaEngine } from "../../../../scripts/lib/open-schema-engine.ts";
import { describeMigrated } from "../../../support/databases/describe-databases.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "migration.sql"), sql);
}

describeMigrated((provider, open) => {
  beforeEach(async () => {
    await cp(migrationsPath(provider), folder, { recursive: true });
  });

  it("applies only new migrations and keeps the data", async () => {
    const { prisma, url } = await open();
    await prisma.llmChat.create({ data: { id: "kept", title: "Kept" } });
    expect(await migrateDatabase(url)).toEqual([]);

    await addMigration("99990101000000_more", `ALTER TABLE "LlmChat" ADD COLUMN "extra" TEXT;`);
    expect(await migrateDatabase(url, folder)).toEqual(["99990101000000_more"]);
    expect(await migrateDatabase(url, folder)).toEqual([]);
    expect(await prisma.$queryRawUnsafe(`SELECT "title", "extra" FROM "LlmChat"`)).toEqual([
      { title: "Kept", extra: null },
    ]);
  });

  it("rolls back a migration that fails, and applies it once it is fixed", async () => {
    const { prisma, url } = await open();
    await addMigration(
      "99990101000000_more",
      `CREATE TABLE "Half" ("id" TEXT); CREATE TABLE "Half" ("id" TEXT);`,
    );
    await expect(migrateDatabase(url, folder)).rejects.toThrow(
      /already exists[^]*It was rolled back/,
    );
    await expect(prisma.$queryRawUnsafe(`SELECT * FROM "Half"`)).rejects.toThrow();

    await addMigration("99990101000000_more", `CREATE TABLE "Half" ("id" TEXT);`);
    expect(await migrateDatabase(url, folder)).toEqual(["99990101000000_more"]);
    expect(await prisma.$queryRawUnsafe(`SELECT * FROM "Half"`)).toEqual([]);
  });

  it("rejects a migration that was edited after it was applied", async () => {
    const { url } = await open();
    const [first = ""] = (await readdir(folder)).filter((name) => /^\d/.test(name));
    await addMigration(first, "-- edited");
    await expect(migrateDatabase(url, folder)).rejects.toThrow(`The migration ${first} was edited`);
  });

  it("rejects a database that was made by other migrations, and keeps its data", async () => {
    const { prisma, url } = await open();
    await prisma.llmChat.create({ data: { id: "kept" } });
    const [first = ""] = (await readdir(folder)).filter((name) => /^\d/.test(name));
    await rename(join(folder, first), join(folder, "99990101000000_init"));
    const failure = migrateDatabase(url, folder);
    await expect(failure).rejects.toThrow(SetupError);
    await expect(failure).rejects.toThrow(`was made by other migrations (${first})`);
    await expect(failure).rejects.toThrow("another DATABASE_URL");
    expect(await prisma.llmChat.count()).toBe(1);
  });

  it("records migrations in a way that Prisma's own engine understands", async () => {
    const { url } = await open();
    const engine = await openSchemaEngine(
      { path: schemaPath, content: await readSchema(provider) },
      provider === "sqlite"
        ? new PrismaBetterSqlite3({ url })
        : new PrismaPg({ connectionString: url }),
    );
    const migrationDirectories = (await readMigrations(folder)).map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
    }));
    const state = await engine.diagnoseMigrationHistory({
      migrationsList: {
        baseDir: folder,
        shadowDbInitScript: "",
        lockfile: { path: "migration_lock.toml", content: `provider = "${provider}"` },
        migrationDirectories,
      },
      optInToShadowDatabase: false,
      filters: { externalTables: [], externalEnums: [] },
    });
    engine.free();
    expect(state).toEqual({
      hasMigrationsTable: true,
      history: null,
      editedMigrationNames: [],
      failedMigrationNames: [],
    });
  });

  it("says what to do when the migrations are missing", async () => {
    const { url } = await open();
    await rm(folder, { recursive: true });
    await expect(migrateDatabase(url, folder)).rejects.toThrow("npm run migration -- init");
  });
});

describeMigrated(
  (_name, open) => {
    it("lets several processes migrate at once", async () => {
      const env = { DATABASE_URL: `file:${join(folder, "new.db")}` };
      const args = ["--import", "tsx", "scripts/migrate.ts"];
      const results = await Promise.all(
        [1, 2].map(async () => await runCommand(process.execPath, args, { env, quiet: true })),
      );
      expect(results.map(({ code }) => code)).toEqual([0, 0]);
      const output = results.map((result) => result.output).join("");
      expect(output.match(/Applied \d+_init/g)).toHaveLength(1);
    });

    it("rebuilds a table without losing the rows that reference it", async () => {
      await cp(migrationsPath("sqlite"), folder, { recursive: true });
      const { prisma, url } = await open();
      await prisma.llmChat.create({ data: { messages: { create: { role: "user" } } } });
      const columns = `"id" TEXT NOT NULL PRIMARY KEY, "updatedAt" DATETIME NOT NULL`;
      await addMigration(
        "99990101000000_rebuild",
        `PRAGMA foreign_keys=OFF; CREATE TABLE "new_LlmChat" (${columns});
         INSERT INTO "new_LlmChat" SELECT "id", "updatedAt" FROM "LlmChat"; DROP TABLE "LlmChat";
         ALTER TABLE "new_LlmChat" RENAME TO "LlmChat"; PRAGMA foreign_keys=ON;`,
      );
      await migrateDatabase(url, folder);
      expect(await prisma.llmMessage.count()).toBe(1);
    });
  },
  ["sqlite"],
);

it("creates the SQLite file and its folder, in WAL mode", async () => {
  const url = `file:${join(folder, "a/b/new.db")}`;
  const names = (await readMigrations(migrationsPath("sqlite"))).map(({ name }) => name);
  expect(await migrateDatabase(url)).toEqual(names);
  expect(await readdir(join(folder, "a/b"))).toEqual(["new.db"]);
  const connection = await new PrismaBetterSqlite3({ url }).connect();
  const mode = await connection.queryRaw({ sql: "PRAGMA journal_mode", args: [], argTypes: [] });
  await connection.dispose();
  expect(mode.rows).toEqual([["wal"]]);
});

it.each([
  ["mysql://localhost/x", 'starts with "mysql:"'],
  ["./demo.db", "has no scheme"],
  ["postgresql://me:secret@127.0.0.1:1/none", "postgresql://127.0.0.1:1/none cannot be opened"],
])("explains what is wrong with %s without showing the password", async (url, message) => {
  const failure = migrateDatabase(url);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.not.toThrow("secret");
});

it("does not touch a file that is not a database", async () => {
  const path = join(folder, "notes.db");
  await writeFile(path, "these are my notes, not a database\n".repeat(9));
  await expect(migrateDatabase(`file:${path}`)).rejects.toThrow("is not a database");
});
