import { Database } from "./database/database.ts";
import type { PrismaClientLike } from "./database/client/prisma-client-like.ts";
import type { MissingFeature } from "./database/schema-features.ts";
import type { ModelNames, TableNames } from "./database/client/table-names.ts";

/** What `inspectSchema` finds. */
export interface SchemaReport {
  /** The names of the models that are used. `chunk` is the model of the log, whether the schema has it or not. */
  readonly models: ModelNames;
  /** The features that the schema lacks. Empty when it has all of them. */
  readonly missing: readonly MissingFeature[];
}

/**
 * Tells which features a Prisma schema lacks, and which models and columns each of them needs. Everything else works.
 *
 * @param prisma your generated Prisma client. The database is not read.
 * @param options.tableNames the names of your models, as for `createChat`.
 * @throws ChatError `CONFIGURATION` when the client has no model of chats or messages, or lacks one that you name.
 *
 * @example
 * ```ts
 * for (const { feature, missing, without } of inspectSchema(prisma).missing)
 *   console.log(`${feature} needs ${missing.join(", ")}. Without it: ${without}`);
 * ```
 */
export function inspectSchema(
  prisma: PrismaClientLike,
  options: { readonly tableNames?: TableNames | undefined } = {},
): SchemaReport {
  const { names, missing } = Database.open(prisma, options.tableNames);
  return { models: names, missing };
}
