import type { PrismaClient } from "../../../generated/sqlite/client.ts";

/** The same client with an extension that sees its statements, so that no raw one replaces its own calls. */
export function extendHarmlessly(prisma: PrismaClient): PrismaClient {
  const extended: unknown = prisma.$extends({
    name: "passes on",
    query: { $allModels: { $allOperations: ({ args, query }) => query(args) } },
  });
  // Extended clients have the same methods, with other types.
  return extended as PrismaClient;
}
