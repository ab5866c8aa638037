import { Prisma } from "../../../generated/sqlite/client.ts";
import type { TestDatabase } from "./describe-databases.ts";

/** Reads every row of every table as it is in the database. */
export async function readAllRows({ prisma }: TestDatabase): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const model of Object.values(Prisma.ModelName))
    rows.push(await prisma.$queryRawUnsafe(`SELECT * FROM "${model}"`));
  return rows;
}
