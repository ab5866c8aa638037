import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The part of a Prisma client that `createTestDatabase` uses. */
export interface TestDatabaseClient {
  /** Runs a statement that returns no rows. */
  $executeRawUnsafe(statement: string): Promise<unknown>;
  /** Runs a query. */
  $queryRawUnsafe(statement: string): Promise<unknown>;
  /** Closes the connection. */
  $disconnect(): Promise<void>;
}

/** A database for a test, with its client. Created by `createTestDatabase`. */
export interface TestDatabase<Client> {
  /** The client that `createClient` returned. */
  readonly prisma: Client;
  /** The database's `file:` URL. */
  readonly url: string;
  /** Disconnects the client and deletes the database. Call it after each test. */
  readonly close: () => Promise<void>;
}

/** The options of `createTestDatabase`. */
export interface TestDatabaseOptions {
  /**
   * A folder of SQLite migrations that `prisma migrate` has created. Pass your own when your schema has more
   * tables than the chat's.
   *
   * @default the migrations of this package
   */
  readonly migrations?: string;
}

/**
 * Creates an empty SQLite database with the chat's tables in a temporary folder.
 *
 * @param createClient creates your generated Prisma client with your driver adapter.
 * @throws when the migrations cannot be read or applied. The database is deleted first.
 *
 * @example
 * ```ts
 * const { prisma, close } = await createTestDatabase(
 *   ({ url }) => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) }),
 * );
 * afterAll(close);
 * ```
 */
export async function createTestDatabase<Client extends TestDatabaseClient>(
  createClient: (database: { readonly url: string }) => Client,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase<Client>> {
  const statements = await readStatements(options.migrations ?? ownMigrations());
  const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
  const url = `file:${join(folder, "test.db")}`;
  const prisma = createClient({ url });
  const close = async (): Promise<void> => {
    await prisma.$disconnect();
    // An answer in progress may create a file while the folder is being deleted.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL");
    for (const statement of statements) await prisma.$executeRawUnsafe(statement);
  } catch (error) {
    await close();
    throw error;
  }
  return { prisma, url, close };
}

/** The path is the same from src/testing and dist/testing. */
function ownMigrations(): string {
  return fileURLToPath(new URL("../../prisma/migrations/sqlite", import.meta.url));
}

async function readStatements(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (names.length === 0)
    throw new Error(
      `There are no migrations in ${folder}. Pass a folder that prisma migrate has created.`,
    );
  const files = names
    .toSorted()
    .map(async (name) => await readFile(join(folder, name, "migration.sql"), "utf8"));
  return (await Promise.all(files)).flatMap(splitStatements);
}

/** Prisma ends each statement at the end of a line and writes comments on lines of their own. */
function splitStatements(sql: string): readonly string[] {
  return sql
    .replaceAll(/^--.*$/gm, "")
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
