import { existsSync } from "node:fs";
import { databaseUrl, isPostgres, sqlitePath } from "./database-url.ts";
import type { Prisma } from "./prisma.ts";
import { services } from "./services.ts";

let checked = false;

/**
 * Returns why the database can't be used and how to fix it, or null if it is ready. Once it is ready, it
 * is not checked again.
 */
export async function databaseProblem(): Promise<string | null> {
  if (checked) return null;
  const url = databaseUrl();
  const isSqlite = !isPostgres(url);
  if (isSqlite && !existsSync(/* turbopackIgnore: true */ sqlitePath(url))) {
    return `The database file ${sqlitePath(url)} doesn’t exist. Run “npm run migrate” to create it, then reload this page.`;
  }
  try {
    // Not called earlier, because opening a SQLite file creates it.
    const { prisma } = services();
    if (isSqlite) await prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    await readOneRowOfEach(prisma);
  } catch (error) {
    return describe(error, isSqlite ? sqlitePath(url) : new URL(url).host);
  }
  checked = true;
  return null;
}

/** Throws when a table or a column is missing. */
async function readOneRowOfEach(prisma: Prisma): Promise<void> {
  await prisma.llmChat.findFirst();
  await prisma.llmMessage.findFirst();
  await prisma.llmToolCall.findFirst();
  await prisma.llmRequest.findFirst();
}

function describe(error: unknown, database: string): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "P2021" || code === "P2022") {
    return `The database ${database} is missing tables or columns that this version needs. Run “npm run migrate”, then reload this page.`;
  }
  console.error(error);
  return `Can’t use the database ${database}. Check the server logs and DATABASE_URL, then reload this page.`;
}
