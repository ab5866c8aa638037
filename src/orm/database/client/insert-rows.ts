import type { ClientDelegate, PrismaInternals, PrismaPromise, Row } from "./prisma-client-like.ts";
import { compilesOnce } from "./run-in-transaction.ts";

/**
 * The statements that add new rows, for a transaction.
 *
 * The client of Prisma 7.10 compiles each `createMany`, which takes longer than to run it, and finds a `create` that it
 * has compiled before. But a `create` is two statements on MySQL, and several of them are quicker than one statement
 * only where no network lies between. Extensions know which of the two they get.
 */
export function insertRows(
  client: PrismaInternals,
  model: ClientDelegate<Row>,
  rows: readonly Row[],
  provider: string,
): readonly PrismaPromise<unknown>[] {
  const createsEach = provider === "sqlite" || (provider !== "mysql" && rows.length === 1);
  if (!createsEach || !compilesOnce(client)) return [model.createMany({ data: rows })];
  return rows.map((data) => model.create({ data, select: { id: true } }));
}
