import { expect, it } from "vitest";

import { createCliProject, schemaWith } from "../../../test/support/project/create-cli-project.ts";
import { extendedModels } from "../../../test/support/databases/specification-models.ts";

const path = "prisma/schema.prisma";
const tables = 'CREATE TABLE "LlmChat" (id TEXT);\nCREATE TABLE "LlmMessage" (id TEXT);\n';
const config = `export default defineConfig({
  experimental: { externalTables: true },
  tables: { external: ["LlmMessage_search", "LlmMessage_search_config", "LlmMessage_search_data",
    "LlmMessage_search_docsize", 'LlmMessage_search_idx'] },
});`;
const complete = /^Nothing to add/;

/** A migrated project whose Prisma config keeps the tables of the index. */
function createProject(provider: "sqlite" | "postgresql" | "mysql" = "sqlite") {
  return createCliProject({
    [path]: schemaWith(extendedModels, provider),
    "prisma/migrations/20260101000000_init/migration.sql": tables,
    "prisma.config.ts": config,
  });
}

const written = (project: ReturnType<typeof createProject>) =>
  project.list().filter((file) => file.endsWith("_node_llm_trpc_search/migration.sql"));

it.each([
  ["sqlite", 'CREATE VIRTUAL TABLE "LlmMessage_search"'],
  ["postgresql", 'CREATE INDEX "LlmMessage_search" ON "LlmMessage"'],
] as const)("writes a migration with the index on %s, once", async (provider, statement) => {
  const project = createProject(provider);
  const shown = await project.run("sync");
  expect(shown.code).toBe(0);
  expect(shown.out).toContain("no migration creates the index of the search");
  expect(shown.out).toContain("1. npx node-llm-trpc sync --write\n  2. npx prisma migrate dev");
  expect(written(project)).toEqual([]);
  const { code, out } = await project.run("sync", "--write");
  expect(code).toBe(0);
  const [file = ""] = written(project);
  expect(out).toContain(`Wrote ${file}.`);
  expect(project.read(file)).toContain(statement);
  expect((await project.run("sync", "--write")).out).toMatch(complete);
  expect(written(project)).toHaveLength(1);
});

it("writes it again when a migration has made a table anew or removed the index", async () => {
  for (const sql of [
    'DROP TABLE "LlmMessage";\nALTER TABLE "new_LlmMessage" RENAME TO "LlmMessage";',
    'DROP TABLE "LlmChat";',
    'DROP TABLE "LlmMessage_search";',
  ]) {
    const project = createProject();
    await project.run("sync", "--write");
    project.write("prisma/migrations/99990101000000_later/migration.sql", sql);
    const { out } = await project.run("sync");
    expect(out, sql).toContain("a later migration has removed the index");
  }
  const project = createProject();
  await project.run("sync", "--write");
  const other = 'DROP TABLE "Other";\nCREATE TABLE "LlmMessageNote" (id TEXT);';
  project.write("prisma/migrations/99990101000000_later/migration.sql", other);
  expect((await project.run("sync")).out).toMatch(complete);
});

it("says nothing before the tables are there, on MySQL, and while the schema is not complete", async () => {
  const unmigrated = createCliProject({ [path]: schemaWith(extendedModels) });
  expect((await unmigrated.run("sync")).out).toMatch(complete);
  expect((await createProject("mysql").run("sync")).out).not.toContain("search");
  const older = createProject();
  older.write(path, schemaWith(extendedModels.replace(/^ {2}title .*\n/m, "")));
  expect((await older.run("sync", "--write")).out).toContain("Added 1 field");
  expect(written(older)).toEqual([]);
});

it("asks for the tables in the Prisma config first, which would be removed otherwise", async () => {
  const project = createProject();
  project.write("prisma.config.ts", config.replace('"LlmMessage_search_data",', ""));
  const { code, err } = await project.run("sync", "--write");
  expect(code).toBe(1);
  expect(err).toContain("externalTables: true");
  expect(err).toContain('"LlmMessage_search_data",');
  expect(err).not.toContain('"LlmMessage_search_idx"');
  expect(written(project)).toEqual([]);
});

it("looks where the Prisma config has the migrations", async () => {
  const project = createCliProject({
    [path]: schemaWith(extendedModels, "postgresql"),
    "prisma.config.ts": 'export default defineConfig({ migrations: { path: "db/steps" } });',
    "db/steps/20260101000000_init/migration.sql": tables.replaceAll('"Llm', '"public"."Llm'),
  });
  await project.run("sync", "--write");
  expect(written(project)).toEqual([expect.stringMatching(/^db\/steps\/\d{14}_/)]);
});

it("is prepared by init, and checked by doctor", async () => {
  const project = createCliProject();
  const { out } = await project.run("init", "--message", "Note");
  expect(out).toContain("Add the index of the search: npx node-llm-trpc sync --write");
  const names = ["--message", "Note"];
  project.write(
    "prisma/migrations/20260101000000_init/migration.sql",
    tables.replaceAll("LlmMessage", "Note"),
  );
  expect((await project.run("doctor", ...names)).out).toContain("· Search: no index.");
  expect(await project.run("sync", "--write", ...names)).toMatchObject({ code: 0, err: "" });
  expect((await project.run("doctor", ...names)).out).toContain("✓ Search:");
  project.write("prisma.config.ts", "export default {};");
  expect((await project.run("doctor", ...names)).out).toContain("✗ Search:");
});
