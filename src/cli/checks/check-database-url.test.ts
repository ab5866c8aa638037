import { expect, it } from "vitest";

import { defaultModelNames } from "../schema/model-names.ts";
import { parseSchema } from "../schema/parse-schema.ts";
import { checkDatabaseUrl } from "./check-database-url.ts";

const project = {
  place: { path: "", label: "", files: [], isFolder: false },
  files: [],
  datasource: { provider: "postgresql", name: "db" },
  names: defaultModelNames,
} as const;

const emptyConfig = {
  path: "",
  label: "prisma.config.ts",
  schema: null,
  hasDatasource: true,
  urlVariable: null,
  fallbackUrl: null,
  migrations: null,
  code: "",
};

it.each([
  [undefined, "not set"],
  [" ", "not set"],
  ["file:./dev.db", "starts with file:, but the schema uses postgresql"],
  ["localhost", "has no scheme, but the schema uses postgresql"],
])("reports a problem with DATABASE_URL=%s", (url, message) => {
  const finding = checkDatabaseUrl(project, null, { DATABASE_URL: url });
  expect(finding).toMatchObject({ status: "problem", text: `DATABASE_URL: ${message}` });
  expect(finding.todo).toContain("for example:");
});

it("checks the variable that the schema reads, else the one of the Prisma config", () => {
  const text = 'datasource db {\n  provider = "postgresql"\n  url = env("PG_URL")\n}\n';
  const files = [{ path: "", label: "", text, blocks: parseSchema(text) }];
  const finding = checkDatabaseUrl({ ...project, files }, null, { DATABASE_URL: "postgres://h" });
  expect(finding).toMatchObject({ status: "problem", text: "PG_URL: not set" });
  expect(finding.todo).toContain('PG_URL="postgresql://');
  const config = { ...emptyConfig, urlVariable: "DIRECT_URL" };
  expect(checkDatabaseUrl(project, config, {}).text).toBe("DIRECT_URL: not set");
  expect(checkDatabaseUrl(project, config, { DIRECT_URL: "postgres://h" }).status).toBe("ok");
});

it("shows only the scheme of a valid URL", () => {
  const url = "postgresql://user:pass-word@host/db";
  expect(checkDatabaseUrl(project, null, { DATABASE_URL: url })).toEqual({
    status: "ok",
    text: "DATABASE_URL: set (postgresql:)",
  });
});

it("notes that the Prisma config has a default", () => {
  const config = { ...emptyConfig, fallbackUrl: "postgres://h" };
  expect(checkDatabaseUrl(project, config, {})).toEqual({
    status: "note",
    text: "DATABASE_URL: not set, so prisma.config.ts uses its own default (postgres:)",
  });
});
