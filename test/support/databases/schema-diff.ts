import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import { openSchemaEngine } from "../../../scripts/lib/open-schema-engine.ts";
import { unconnectedPostgres } from "../../../scripts/lib/unconnected-postgres.ts";

/** Returns the SQL that turns one schema, or an empty database, into another. Empty when they are equal. */
export async function schemaDiff(
  provider: DatabaseProvider,
  from: string | null,
  to: string,
): Promise<string> {
  const path = "schema.prisma";
  const target = (content: string) => ({
    tag: "schemaDatamodel" as const,
    files: [{ path, content }],
  });
  const adapter =
    provider === "sqlite" ? new PrismaBetterSqlite3({ url: ":memory:" }) : unconnectedPostgres;
  const engine = await openSchemaEngine({ path, content: to }, adapter);
  try {
    const { stdout } = await engine.diff({
      from: from === null ? { tag: "empty" } : target(from),
      to: target(to),
      script: true,
      exitCode: false,
      filters: { externalTables: [], externalEnums: [] },
    });
    return (stdout ?? "").replace("-- This is an empty migration.", "").trim();
  } finally {
    engine.free();
  }
}
