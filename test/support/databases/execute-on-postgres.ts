import { PrismaPg } from "@prisma/adapter-pg";

/** Runs one statement outside a transaction. */
export async function executeOnPostgres(url: string, statement: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: url }).connect();
  await connection.executeScript(statement).finally(() => connection.dispose());
}
