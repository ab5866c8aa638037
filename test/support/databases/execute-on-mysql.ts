import { PrismaMariaDb } from "@prisma/adapter-mariadb";

/** Runs statements outside a transaction, one after the other. */
export async function executeOnMysql(url: string, statements: readonly string[]): Promise<void> {
  const adapter = await new PrismaMariaDb(url).connect();
  const connection = await adapter.underlyingDriver().getConnection();
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.release();
    await adapter.dispose();
  }
}
