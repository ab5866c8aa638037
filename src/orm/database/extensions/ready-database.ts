import { isDeepStrictEqual } from "node:util";

import { ChatError } from "../../../chat/chat-error.ts";
import type { Database } from "../database.ts";
import type { ClientTraits } from "../list-extensions.ts";
import {
  computedFields,
  plainTraits,
  refusalOf,
  seesStatement,
  statementExtensions,
} from "../list-extensions.ts";
import type { PrismaInternals } from "../prisma-client-like.ts";
import { checkRawStatements, letPass } from "./check-raw-statements.ts";
import { checkReads } from "./check-reads.ts";
import { checkWrites, mayCompute } from "./check-writes.ts";
import { allRoles } from "../table-names.ts";
import { lookAgain } from "./look-again.ts";
import { ClientProbe, marker } from "./client-probe.ts";

/**
 * Finds out what the extensions of a database's client do. Everything that uses the database awaits this first.
 *
 * @throws ChatError `CONFIGURATION` when they would make statements wrong, with their names and the reason.
 */
export function readyDatabase(db: Database): Promise<void> {
  return db.ready(
    (client) => inspectClient(client, db),
    (client, known) => lookAgain(client, db, known),
  );
}

/** Each statement is sent through the extensions, and caught after the last one. */
async function inspectClient(client: PrismaInternals, db: Database): Promise<ClientTraits> {
  if (statementExtensions(client).length === 0) {
    checkFields(client, db, new Map());
    return plainTraits;
  }
  const refuse = refusalOf(client);
  const probe = new ClientProbe(client, db.names, refuse);
  const question = probe.probe("message", "createMany", { data: [] });
  const opening = [question, probe.anchor];
  const isTogether =
    (await probe.write(probe.anchor, opening)) !== null &&
    (await probe.writeTogether(question, opening)) !== null;
  if (!isTogether) {
    throw refuse(
      "runs statements in transactions of their own, so that a question and its answer cannot be written together. " +
        "Pass a client without it, and limit what callers see with `scope`.",
    );
  }
  const { changing, ...writes } = await checkWrites(probe, db, client, refuse);
  checkFields(client, db, changing);
  const reads = await checkReads(probe, db, client, refuse);
  const traits = { ...writes, ...reads };
  const seesRaw =
    seesStatement(client, undefined, "$queryRawUnsafe") ||
    seesStatement(client, undefined, "$executeRawUnsafe");
  if (!seesRaw) return traits;
  const raw = await checkRawStatements(probe, db, refuse);
  const readsElsewhere = reads.readsElsewhere || raw.readsElsewhere;
  await checkRawResults(client, db, readsElsewhere);
  return { ...traits, readsElsewhere };
}

/**
 * @throws ChatError `CONFIGURATION` when an extension computes a column that this package reads. A text that is changed
 *   on the way to the database may be changed back.
 */
function checkFields(
  client: PrismaInternals,
  db: Database,
  changing: Parameters<typeof mayCompute>[2],
): void {
  for (const role of allRoles)
    for (const { extension, field } of computedFields(client, db.names[role]))
      if (db.has(role, field) && !mayCompute(role, field, changing))
        throw new ChatError(
          "CONFIGURATION",
          `The Prisma client cannot be used with ${extension}: it computes a field named as the column ${db.names[role]}.${field}, which this package reads. Give that field another name.`,
        );
}

/**
 * Sends two raw statements to the database and back, and compares what comes back.
 *
 * @throws ChatError `CONFIGURATION` when an extension changes the results.
 */
async function checkRawResults(
  client: PrismaInternals,
  db: Database,
  readsElsewhere: boolean,
): Promise<void> {
  const { sql } = db;
  const refuse = (operation: "$executeRawUnsafe" | "$queryRawUnsafe") =>
    refusalOf(client)(`changes what ${operation} returns. ${letPass}`, { operation });
  const chat = sql.table("chat");
  const id = chat.column("id");
  const where = `${id}=${sql.parameter(1)}`;
  const update = `UPDATE ${chat.name} SET ${id}=${id} WHERE ${where}`;
  const count: unknown = await db.write(async () => db.execute(update, [marker]));
  if (count !== 0) throw refuse("$executeRawUnsafe");
  const [type, alias] = sql.isMysql ? ["CHAR", "`probeText`"] : ["TEXT", '"probeText"'];
  const select = `SELECT CAST(${sql.parameter(1)} AS ${type}) AS ${alias}`;
  const query = db.queryInBatch(select, [marker]);
  const [rows] = readsElsewhere ? await client.$transaction<[unknown]>([query]) : [await query];
  if (!isDeepStrictEqual(rows, [{ probeText: marker }])) throw refuse("$queryRawUnsafe");
}
