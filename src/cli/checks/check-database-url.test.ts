import { expect, it } from "vitest";

import { defaultModelNames } from "../schema/model-names.ts";
import { checkDatabaseUrl } from "./check-database-url.ts";

const project = {
  place: { path: "", label: "", files: [], isFolder: false },
  files: [],
  datasource: { provider: "postgresql", name: "db" },
  names: defaultModelNames,
} as const;

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

it("shows only the scheme of a valid URL", () => {
  const url = "postgresql://user:pass-word@host/db";
  expect(checkDatabaseUrl(project, null, { DATABASE_URL: url })).toEqual({
    status: "ok",
    text: "DATABASE_URL: set (postgresql:)",
  });
});

it("notes that the Prisma config has a default", () => {
  const config = {
    path: "",
    label: "prisma.config.ts",
    schema: null,
    migrations: null,
    code: "",
    fallbackUrl: "postgres://h",
  };
  expect(checkDatabaseUrl(project, config, {})).toEqual({
    status: "note",
    text: "DATABASE_URL: not set, so prisma.config.ts uses its own default (postgres:)",
  });
});
