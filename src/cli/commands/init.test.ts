import { expect, it } from "vitest";

import { createCliProject, schemaWith } from "../../../test/support/project/create-cli-project.ts";
import {
  extendedModels,
  specificationModels,
} from "../../../test/support/databases/specification-models.ts";

const path = "prisma/schema.prisma";
const own = schemaWith("// mine\nmodel User {\n  id Int @id\n}\n", "postgresql");

it("writes a schema and a config, and lists the next steps", async () => {
  const project = createCliProject();
  const { code, out } = await project.run("init", "--provider", "sqlite");
  expect(code).toBe(0);
  expect(project.list()).toEqual(["prisma.config.ts", path]);
  expect(project.read(path)).toBe(schemaWith(extendedModels));
  expect(project.read("prisma.config.ts")).toContain('schema: "prisma/schema.prisma"');
  expect(out).toContain("npm install @prisma/client@7 @prisma/adapter-better-sqlite3@7");
  expect(out).toContain("npx prisma migrate dev --name node_llm_trpc");
});

it("writes what the installed Prisma 6 asks for in a new schema", async () => {
  const manifest = JSON.stringify({ version: "6.16.0" });
  const project = createCliProject({ "node_modules/prisma/package.json": manifest });
  const { out } = await project.run("init", "--provider", "postgresql");
  expect(project.read(path)).toContain('\n  engineType = "client"\n}');
  expect(project.read(path)).toContain('\n  url      = env("DATABASE_URL")\n}');
  expect(project.read("prisma.config.ts")).not.toContain("datasource");
  expect(out).toContain("npm install @prisma/client@6 @prisma/adapter-pg@6");
});

it("uses SQLite without asking when there is no terminal", async () => {
  const project = createCliProject();
  await project.run("init");
  expect(project.read(path)).toContain('provider = "sqlite"');
});

it("asks on a terminal until the database is a supported one", async () => {
  const project = createCliProject({}, {}, ["oracle", "mysql"]);
  expect((await project.run("init")).out).toContain("Please enter one of");
  expect(project.read(path)).toContain('provider = "mysql"');
  const other = createCliProject({}, {}, [""]);
  await other.run("init");
  expect(other.read(path)).toContain('provider = "sqlite"');
});

it("says how MySQL compares ids exactly, before the migration runs", async () => {
  const { out } = await createCliProject().run("init", "--provider", "mysql");
  expect(out).toMatch(/--create-only\n.*COLLATE utf8mb4_nopad_bin.*\n.*prisma migrate dev/);
  expect((await createCliProject().run("init")).out).not.toContain("COLLATE");
});

it("recommends only packages and settings that are missing", async () => {
  const dependencies = { "@prisma/client": "7", "@prisma/adapter-neon": "7", prisma: "7" };
  const files = { "package.json": JSON.stringify({ dependencies }) };
  const project = createCliProject(files, { DATABASE_URL: "postgresql://u:secret@h/d" });
  const { out } = await project.run("init", "--provider", "postgresql");
  expect(out).not.toContain("npm install");
  expect(out).not.toContain("DATABASE_URL");
  expect(project.read("prisma.config.ts")).not.toContain("secret");
});

it("shows what it would write in a dry run", async () => {
  const project = createCliProject();
  const { code, out } = await project.run("init", "--dry-run");
  expect(code).toBe(0);
  expect(out).toContain("--- prisma/schema.prisma (not written)\n");
  expect(out).toContain("model LlmRequest {");
  expect(project.list()).toEqual([]);
});

it("changes nothing the second time, and says so", async () => {
  const project = createCliProject();
  await project.run("init");
  const { code, out } = await project.run("init", "--write");
  expect({ code, out }).toEqual({
    code: 0,
    out: "Nothing to add: prisma/schema.prisma already has the models.",
  });
  expect(project.read(path)).toBe(schemaWith(extendedModels));
});

it("shows the models that a schema is missing, and appends them with --write", async () => {
  const project = createCliProject({ [path]: own });
  const shown = await project.run("init");
  expect(shown.code).toBe(0);
  expect(shown.out).toContain("prisma/schema.prisma is missing 10 models. Nothing was written.");
  expect(shown.out).toContain("+ model LlmChat {");
  expect(project.read(path)).toBe(own);
  expect((await project.run("init", "--write", "--dry-run")).out).toBe(shown.out);
  expect(project.read(path)).toBe(own);
  const written = await project.run("init", "--write");
  expect(written.out).toContain("npx prisma migrate dev --name node_llm_trpc");
  expect(project.read(path)).toBe(`${own}\n${extendedModels}`);
  expect(project.list()).toEqual([path]);
});

it("adds a missing model with the field that leads to it, and points to sync", async () => {
  const project = createCliProject({ [path]: schemaWith(specificationModels) });
  const { out } = await project.run("init", "--write");
  expect(project.read(path)).toMatch(/^ {2}chunks +LlmMessageChunk\[\]$/m);
  expect(project.read(path)).toContain("model LlmMessageChunk {");
  expect(project.read(path)).not.toContain("turnLock");
  expect(out).toContain("Next: npx node-llm-trpc sync");
});

it("rejects a provider that differs from the schema's", async () => {
  const project = createCliProject({ [path]: own });
  const { code, err } = await project.run("init", "--write", "--provider", "mysql");
  expect(code).toBe(1);
  expect(err).toContain("uses postgresql, but --provider is mysql");
});

it("writes to the path in --schema, the Prisma config or package.json", async () => {
  const project = createCliProject();
  await project.run("init", "--schema", "schema.prisma");
  expect(project.read("schema.prisma")).toContain('output   = "./generated/prisma"');
  expect(project.read("prisma.config.ts")).toContain('schema: "schema.prisma"');

  const configured = createCliProject({
    "prisma.config.ts": `export default defineConfig({ schema: path.join("db", "models") });`,
  });
  expect((await configured.run("init")).out).toContain("Wrote db/models/schema.prisma");
  expect(configured.read("db/models/schema.prisma")).toContain('"../../generated/prisma"');

  const older = createCliProject({
    "package.json": JSON.stringify({ prisma: { schema: "db/a.prisma" } }),
  });
  await older.run("init");
  expect(older.list()).toContain("db/a.prisma");
});

it("does not guess a config that it cannot read", async () => {
  const project = createCliProject({
    "prisma.config.ts": "export default defineConfig({ schema: findSchema() });",
  });
  const { code, err } = await project.run("init");
  expect(code).toBe(1);
  expect(err).toContain("Pass the path yourself: --schema");
  expect(project.list()).toEqual(["prisma.config.ts"]);
});

it("uses other model names", async () => {
  const project = createCliProject();
  await project.run("init", "--chat", "Talk", "--message", "Note");
  expect(project.read(path)).toContain("model NoteChunk {");
  expect(project.read(path)).toContain("model Talk {");
  expect(project.read(path)).toContain("model LlmRequest {");
});

it("does not append a model whose name is taken", async () => {
  const project = createCliProject({ [path]: `${own}\nenum LlmChat {\n  A\n}\n` });
  const { code, err } = await project.run("init", "--write");
  expect(code).toBe(1);
  expect(err).toContain(
    "LlmChat is in the schema, but is not a model. Pass another name with --chat.",
  );
});
