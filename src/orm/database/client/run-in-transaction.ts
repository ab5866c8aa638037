import { statementExtensions } from "./list-extensions.ts";
import type {
  PrismaInternals,
  PrismaPromise,
  PrismaTransaction,
  TransactionOptions,
} from "./prisma-client-like.ts";

/** A query that an interactive transaction can run. */
type Runnable = Required<PrismaPromise<unknown>>;

/** What has run in an interactive transaction: it would not run a second time, but give its first promise again. */
const ran = new WeakSet<object>();

/**
 * Runs all queries in one transaction, or none of them.
 *
 * A client that compiles its queries in JavaScript compiles a list of them anew whenever a value of a raw statement in it
 * is another one (Prisma 7.10), which takes longer than to run them. An interactive transaction looks up each query by
 * itself, and finds it. Its statements and its limits of time are those of a list.
 */
export function runInTransaction(
  client: PrismaInternals,
  queries: readonly PrismaPromise<unknown>[],
  options: TransactionOptions,
): Promise<readonly unknown[]> {
  if (!compilesOnce(client) || !queries.every(isRunnable))
    return client.$transaction(queries, options);
  return client.$transaction((transaction) => runEach(transaction, queries), options);
}

async function runEach(
  transaction: PrismaTransaction,
  queries: readonly Runnable[],
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const query of queries) {
    ran.add(query);
    results.push(await transaction._createPrismaPromise((own) => query.requestTransaction(own)));
  }
  return results;
}

function isRunnable(query: PrismaPromise<unknown>): query is Runnable {
  return query.requestTransaction !== undefined && !ran.has(query);
}

/**
 * True for a client that compiles a query once, however often it runs in an interactive transaction. Prisma 6
 * keeps nothing that it has compiled, extensions see a list of queries as a list, Accelerate asks a server each time,
 * and D1 takes nothing but lists.
 */
export function compilesOnce(client: PrismaInternals): boolean {
  const { compilerWasm, adapter } = client._engineConfig ?? {};
  return (
    Number.parseInt(client._clientVersion ?? "", 10) >= 7 &&
    compilerWasm !== undefined &&
    adapter !== undefined &&
    adapter.adapterName !== "@prisma/adapter-d1" &&
    client._createPrismaPromise !== undefined &&
    statementExtensions(client).length === 0
  );
}
