import { existsSync } from "node:fs";
import { databaseUrl, isPostgres, sqlitePath } from "./database-url.ts";
import type { Prisma } from "./prisma.ts";
import { services } from "./services.ts";

let checked = false;

/**
 * Why the database cannot be used, and what to do about it; null when it is ready. Asks the database
 * until it is ready once.
 */
export async function databaseProblem(): Promise<string | null> {
  if (checked) return null;
  const url = databaseUrl();
  const isSqlite = !isPostgres(url);
  if (isSqlite && !existsSync(/* turbopackIgnore: true */ sqlitePath(url))) {
    return `The database file ${sqlitePath(url)} does not exist. Run “npm run migrate” to create it, then reload this page.`;
  }
  try {
    // services() is called here, and not before: opening a SQLite file would create it.
    const { prisma } = services();
    if (isSqlite) await prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    await readOneRowOfEach(prisma);
  } catch (error) {
    return describe(error, isSqlite ? sqlitePath(url) : new URL(url).host);
  }
  checked = true;
  return null;
}

/** Fails when a table or a column is missing. */
async function readOneRowOfEach(prisma: Prisma): Promise<void> {
  await prisma.llmChat.findFirst();
  await prisma.llmMessage.findFirst();
  await prisma.llmToolCall.findFirst();
  await prisma.llmRequest.findFirst();
}

function describe(error: unknown, database: string): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "P2021" || code === "P2022") {
    return `The database ${database} misses tables or columns of this version. Run “npm run migrate”, then reload this page.`;
  }
  console.error(error);
  return `The database ${database} cannot be used. Look at the server's output for the reason, check DATABASE_URL and reload this page.`;
}
