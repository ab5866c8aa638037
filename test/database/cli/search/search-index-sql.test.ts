import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { PrismaPg } from "@prisma/adapter-pg";
import { expect, it } from "vitest";

import { searchPath } from "../../../../scripts/lib/database-provider.ts";
import { databaseTarget } from "../../../../scripts/lib/database-target.ts";
import { openSchema } from "../../../../src/cli/schema/open-schema.ts";
import { completeNames } from "../../../../src/cli/schema/model-names.ts";
import { searchIndexNames, searchIndexSql } from "../../../../src/cli/search/search-index-sql.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { searchIndex } from "../../../../src/orm/search/search-index.ts";
import { createCliProject, schemaWith } from "../../../support/project/create-cli-project.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { extendedModels, mapModels } from "../../../support/databases/specification-models.ts";

async function execute(url: string, script: string): Promise<void> {
  const connection = await databaseTarget(url).connect();
  await connection.execute(script).finally(() => connection.close());
}

/** The SQL for a project with these models. */
function sqlFor(models: string, provider: "sqlite" | "postgresql"): string {
  const { folder } = createCliProject({ "schema.prisma": schemaWith(models, provider) });
  const path = join(folder, "schema.prisma");
  const place = { path, label: "schema.prisma", files: [path], isFolder: false };
  const io = { cwd: folder } as Parameters<typeof openSchema>[2];
  const names = completeNames({});
  const options = { command: null, provider: null, named: new Set<never>(), schema: path, names };
  const found = searchIndexNames(openSchema(place, options, io));
  if (found === null) throw new Error("The schema has no models.");
  return searchIndexSql(provider, found);
}

const scope = { userId: "anna" };

for (const [title, models, providers] of [
  ["renamed tables and columns", mapModels(extendedModels), ["sqlite", "postgresql"]],
  ["a schema of PostgreSQL", mapModels(extendedModels, "other"), ["postgresql"]],
] as const) {
  describeSchema(
    title,
    models,
    (open, provider) => {
      it("has the index, also when it is created again", async () => {
        const { url, prisma, model } = await open();
        const db = Database.open(prisma);
        const chat = { id: "a", title: "Herons", ...scope };
        await model("LlmChat").create({ data: chat });
        expect(await searchIndex(db, scope, "heron")).toBeNull();
        const sql = sqlFor(models, provider);
        for (const script of [sql, sql]) {
          await execute(url, script);
          expect([...((await searchIndex(db, scope, "heron")) ?? [])]).toEqual([["a", []]]);
        }
        const message = { id: "m", chatId: "a", role: "user", content: "A stork", position: 1 };
        await model("LlmMessage").create({ data: message });
        expect([...((await searchIndex(db, scope, "stork")) ?? [])]).toEqual([["a", ["m"]]]);
      });
    },
    providers,
  );
}

describeDatabases(
  (_name, open) => {
    it("is left out where the extension may not be created", async () => {
      const { url, prisma } = await open();
      const name = new URL(url).pathname.slice(1);
      await execute(
        url,
        `DROP EXTENSION pg_trgm CASCADE; CREATE ROLE "${name}" LOGIN PASSWORD 'x';
         ALTER TABLE "LlmChat" OWNER TO "${name}"; ALTER TABLE "LlmMessage" OWNER TO "${name}";`,
      );
      const role = new URL(url);
      role.username = name;
      role.password = "x";
      const sql = await readFile(join(searchPath, "postgresql.sql"), "utf8");
      const connection = await new PrismaPg({ connectionString: role.href }).connect();
      await connection.dispose();
      await execute(role.href, sql);
      await prisma.llmChat.create({ data: { id: "a", title: "Herons", ...scope } });
      expect(await searchIndex(Database.open(prisma), scope, "heron")).toBeNull();
      await execute(url, sql);
      expect((await searchIndex(Database.open(prisma), scope, "heron"))?.has("a")).toBe(true);
      await execute(url, `REASSIGN OWNED BY "${name}" TO postgres; DROP ROLE "${name}";`);
    });
  },
  ["postgresql"],
);
