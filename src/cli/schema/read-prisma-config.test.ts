import { join } from "node:path";

import { expect, it } from "vitest";

import { createCliProject } from "../../../test/support/project/create-cli-project.ts";
import { readPrismaConfig } from "./read-prisma-config.ts";

it.each([
  [`defineConfig({ schema: "db/schema.prisma" })`, "db/schema.prisma"],
  [`defineConfig({\n  schema: 'db',\n})`, "db"],
  ["defineConfig({ schema: `db/a.prisma` })", "db/a.prisma"],
  [`{ schema: path.join(__dirname, "db", "models") }`, "db/models"],
  [`{ schema: join("db", "schema.prisma") } satisfies PrismaConfig`, "db/schema.prisma"],
  [`{ /* schema: "old" */ migrations: {} } // schema: "older"`, null],
  [`{ migrations: { path: "db" }, notTheschema: "x" }`, null],
])("reads the schema's path without running the file: %s", (code, expected) => {
  const { folder } = createCliProject({ "prisma.config.ts": `export default ${code};` });
  const schema = expected === null ? null : join(folder, expected);
  expect(readPrismaConfig(folder)?.schema).toBe(schema);
});

it.each(["schema: process.env.SCHEMA", 'schema: join(root, "db")', "schema: `${root}/db`"])(
  "rejects a path that is not a plain string: %s",
  (code) => {
    const { folder } = createCliProject({ "prisma.config.js": `export default { ${code} };` });
    expect(() => readPrismaConfig(folder)).toThrow("--schema");
  },
);

it("picks the file that Prisma picks", () => {
  const { folder } = createCliProject({
    "prisma7.config.ts": `export default { schema: "seven" };`,
    "prisma.config.ts": `export default { schema: "other" };`,
  });
  expect(readPrismaConfig(folder)).toMatchObject({
    label: "prisma7.config.ts",
    schema: join(folder, "seven"),
  });
});

it.each([
  [`process.env.DATABASE_URL ?? "file:./dev.db"`, "file:./dev.db"],
  [`process.env["DATABASE_URL"] || 'file:./dev.db'`, "file:./dev.db"],
  [`process.env.DATABASE_URL ?? ""`, null],
  [`env("DATABASE_URL")`, null],
  [`process.env.PG_URL ?? "postgres://h"`, "postgres://h"],
])("finds the fallback for the URL's variable: %s", (url, expected) => {
  const { folder } = createCliProject({
    "prisma.config.ts": `export default { datasource: { url: ${url} } };`,
  });
  expect(readPrismaConfig(folder)?.fallbackUrl).toBe(expected);
});

it.each([
  ["datasource: { url: process.env.PG_URL }", true, "PG_URL"],
  ['datasource: { url: process.env["PG_URL"]! }', true, "PG_URL"],
  ['datasource: { shadowDatabaseUrl: env("SHADOW"), url: env("PG_URL") }', true, "PG_URL"],
  ['datasource: { url: env<Env>("PG_URL") }', true, "PG_URL"],
  ['"datasource": { url: env.PG_URL ?? "" }', true, "PG_URL"],
  ["datasource: { url: databaseUrl }", true, null],
  ["datasource", true, null],
  ['schema: "db/datasource.prisma" /* datasource: { url: process.env.PG_URL } */', false, null],
])("finds the variable of the datasource's URL: %s", (code, hasDatasource, urlVariable) => {
  const { folder } = createCliProject({ "prisma.config.ts": `export default { ${code} };` });
  expect(readPrismaConfig(folder)).toMatchObject({ hasDatasource, urlVariable });
});
