import type { PrismaClient } from "../../../generated/sqlite/client.ts";

interface Delegate {
  readonly findMany: () => Promise<readonly object[]>;
}

/**
 * Reads every row of every model as JSON, sorted, by the name of the model.
 *
 * @param without models to leave out: the places for subscriptions in `LlmAccount` are given back later, and a running
 *   answer writes signs of life to `LlmMessageChunk`.
 */
export async function readTables(
  prisma: PrismaClient,
  without: readonly string[] = [],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly string[]> = {};
  for (const [name, delegate] of Object.entries(modelsOf(prisma))) {
    if (without.includes(name)) continue;
    const rows = await delegate.findMany();
    tables[name] = rows.map((row) => JSON.stringify(row, toJson)).toSorted();
  }
  return tables;
}

/** Of any client: new models are read as well. */
function modelsOf(prisma: PrismaClient): Record<string, Delegate> {
  const client = prisma as unknown as Record<string, Delegate> & {
    readonly _runtimeDataModel: { readonly models: Record<string, unknown> };
  };
  const models: Record<string, Delegate> = {};
  for (const model of Object.keys(client._runtimeDataModel.models)) {
    const delegate = client[model.charAt(0).toLowerCase() + model.slice(1)];
    if (delegate === undefined) throw new Error(`The client has no delegate for ${model}.`);
    models[model] = delegate;
  }
  return models;
}

function toJson(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
