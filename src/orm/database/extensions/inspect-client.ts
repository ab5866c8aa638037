import { isDeepStrictEqual } from "node:util";

import type { PrismaInternals } from "../prisma-client-like.ts";
import type { SqlDialect } from "../sql-dialect.ts";
import { checkRawStatements, letPass } from "./check-raw-statements.ts";
import type { ReadTraits } from "./check-reads.ts";
import { checkReads } from "./check-reads.ts";
import type { WriteTraits } from "./check-writes.ts";
import { checkWrites } from "./check-writes.ts";
import { ClientProbe, marker } from "./client-probe.ts";
import type { Schema } from "./inspected-schema.ts";
import { refusalOf, seesStatement, statementExtensions } from "./list-extensions.ts";

/** What the extensions of a client change in the statements of this package. */
export type ClientTraits = ReadTraits & WriteTraits;

/** Those of a client without extensions. */
export const plainTraits: ClientTraits = {
  changesText: false,
  filtersReads: false,
  readsElsewhere: false,
  deletesElsewhere: false,
};

/**
 * Finds out what the extensions of a client do, without reaching the database: each statement is sent through them, and
 * caught after the last one.
 *
 * @throws ChatError `CONFIGURATION` when they would make statements wrong, with their names and the reason.
 */
export async function inspectClient(
  client: PrismaInternals,
  schema: Schema,
): Promise<ClientTraits> {
  if (statementExtensions(client).length === 0) return plainTraits;
  const refuse = refusalOf(client);
  const probe = new ClientProbe(client, schema.names, refuse);
  const question = probe.probe("message", "createMany", { data: [] });
  if ((await probe.writeTogether(question, [question, probe.anchor])) === null) {
    throw refuse(
      "runs statements in transactions of their own, so that a question and its answer cannot be written together. " +
        "Pass a client without it, and limit what callers see with `scope`.",
    );
  }
  const writes = await checkWrites(probe, schema, client, refuse);
  const reads = await checkReads(probe, schema, client, refuse);
  const raw = seesRaw(client) ? await checkRawStatements(probe, schema, refuse) : plainTraits;
  return { ...writes, ...reads, readsElsewhere: reads.readsElsewhere || raw.readsElsewhere };
}

/** Runs raw statements as those of this package are run. */
interface RawRunner {
  readonly sql: SqlDialect;
  query(sql: string, values: readonly unknown[]): Promise<unknown>;
  execute(sql: string, values: readonly unknown[]): Promise<unknown>;
  write<Result>(task: () => Promise<Result>): Promise<Result>;
}

/**
 * Sends two raw statements to the database and back when an extension sees them, and compares what comes back.
 *
 * @throws ChatError `CONFIGURATION` when an extension changes the results.
 */
export async function checkRawResults(client: PrismaInternals, run: RawRunner): Promise<void> {
  if (!seesRaw(client)) return;
  const { sql } = run;
  const refuse = (operation: "$executeRawUnsafe" | "$queryRawUnsafe") =>
    refusalOf(client)(`changes what ${operation} returns. ${letPass}`, { operation });
  const chat = sql.table("chat");
  const id = chat.column("id");
  const where = `${id}=${sql.parameter(1)}`;
  const update = `UPDATE ${chat.name} SET ${id}=${id} WHERE ${where}`;
  const count = await run.write(() => run.execute(update, [marker]));
  if (count !== 0) throw refuse("$executeRawUnsafe");
  const [type, alias] = sql.isMysql ? ["CHAR", "`probeText`"] : ["TEXT", '"probeText"'];
  const select = `SELECT CAST(${sql.parameter(1)} AS ${type}) AS ${alias}`;
  if (!isDeepStrictEqual(await run.query(select, [marker]), [{ probeText: marker }]))
    throw refuse("$queryRawUnsafe");
}

function seesRaw(client: PrismaInternals): boolean {
  return (
    seesStatement(client, undefined, "$queryRawUnsafe") ||
    seesStatement(client, undefined, "$executeRawUnsafe")
  );
}
