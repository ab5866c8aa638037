import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { Database } from "../../../src/orm/database/database.ts";
import { openClient } from "./open-client.ts";

/** A statement as an extension gets it. */
export interface Statement {
  readonly model?: string;
  readonly operation: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly query: (args: unknown) => Promise<unknown>;
  readonly __internalParams?: { readonly transaction?: unknown };
}

/** What an extension does with a statement. */
export type Run = (statement: Statement) => unknown;

/** Opens an empty database of SQLite, for unit tests that extend its client. */
export async function openExtendable() {
  const folder = mkdtempSync(join(tmpdir(), "node-llm-trpc-"));
  const url = `file:${join(folder, "test.db")}`;
  const adapter = await new PrismaBetterSqlite3({ url }).connect();
  const migrations = join("prisma", "migrations", "sqlite");
  for (const entry of readdirSync(migrations, { withFileTypes: true }))
    if (entry.isDirectory())
      await adapter.executeScript(
        readFileSync(join(migrations, entry.name, "migration.sql"), "utf8"),
      );
  await adapter.dispose();
  const prisma = openClient(url);
  /** The client with an extension. Its type depends on the client. */
  const extend = (extension: object): PrismaClient =>
    prisma.$extends({ name: "tested", ...extension }) as unknown as PrismaClient;
  return {
    prisma,
    extend,
    open: (extension: object): Database => Database.open(extend(extension)),
    close: async () => {
      await prisma.$disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The name of a model in an extension. */
export function modelOf(role: string): string {
  if (role === "chunk") return "llmMessageChunk";
  return `llm${role.charAt(0).toUpperCase()}${role.slice(1)}`;
}

/** Changes columns of a model in each write, or in those of some operations. */
export function changing(
  model: string,
  columns: readonly string[],
  operations?: readonly string[],
) {
  const change = (row: unknown): unknown =>
    Array.isArray(row)
      ? row.map(change)
      : Object.fromEntries(
          Object.entries(Object(row)).map(([key, value]) => [
            key,
            columns.includes(key) && typeof value === "string" ? `enc:${value}` : value,
          ]),
        );
  const run = ({ operation, args, query }: Statement): unknown => {
    const isChanged = args["data"] !== undefined && (operations?.includes(operation) ?? true);
    return query(isChanged ? { ...args, data: change(args["data"]) } : args);
  };
  return { query: { [model]: { $allOperations: run } } };
}

/** Waits for what has been queued. */
export function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
