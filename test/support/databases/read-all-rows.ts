import { Prisma } from "../../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";

/** Reads every row of every table as it is in the database. */
export async function readAllRows({ name, prisma }: TestDatabase): Promise<unknown[]> {
  const quote = name === "mysql" ? "`" : `"`;
  const rows: unknown[] = [];
  for (const model of Object.values(Prisma.ModelName))
    rows.push(await prisma.$queryRawUnsafe(`SELECT * FROM ${quote}${model}${quote}`));
  return rows;
}
