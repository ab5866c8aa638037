import { isDeepStrictEqual } from "node:util";

import { ChatError } from "../../../chat/chat-error.ts";
import type { Database } from "../database.ts";
import type { ClientTraits } from "../client/list-extensions.ts";
import {
  addTraits,
  computedFields,
  plainTraits,
  refusalOf,
  seesStatement,
  statementExtensions,
} from "../client/list-extensions.ts";
import type { PrismaInternals } from "../client/prisma-client-like.ts";
import { checkRawStatements, letPass } from "./check-raw-statements.ts";
import { checkReads } from "./check-reads.ts";
import { checkTogether } from "./check-together.ts";
import { checkWrites, questionOf, writtenGroups } from "./check-writes.ts";
import type { ChangedColumns } from "./known-columns.ts";
import { mayCompute } from "./known-columns.ts";
import type { TableRole } from "../client/table-names.ts";
import { allRoles } from "../client/table-names.ts";
import { marker } from "./catch.ts";
import { ClientProbe } from "./client-probe.ts";

/** What is known about the extensions of a client. */
interface Readiness {
  isReady: boolean;
  found: ClientTraits;
  /** The inspection that later callers wait for. */
  running: Promise<void> | null;
  /** The number of the check that has refused the client; null when none has. */
  refused: number | null;
}

const known = new WeakMap<Database, Readiness>();

/**
 * Finds out what the extensions of a database's client do. Everything that uses the database awaits this first.
 *
 * A client that was refused is not checked as a whole again for each caller. Only what it was refused for is asked
 * again, because an extension may depend on what the next caller has, such as a tenant. What has failed otherwise, such
 * as with a dropped connection, is not remembered.
 *
 * @throws ChatError `CONFIGURATION` when they would make statements wrong, with their names and the reason.
 */
export async function readyDatabase(db: Database): Promise<void> {
  const state = known.get(db) ?? {
    isReady: false,
    found: plainTraits,
    running: null,
    refused: null,
  };
  known.set(db, state);
  while (!state.isReady) {
    if (state.running === null && state.refused !== null) await runChecks(db, state, state.refused);
    if (state.running === null) {
      state.running = runChecks(db, state).finally(() => {
        state.running = null;
      });
      await state.running;
    } else {
      // Its failure belongs to another caller.
      await state.running.catch(() => undefined);
    }
  }
}

/** @param only the number of the one check to run; all by default. */
async function runChecks(db: Database, state: Readiness, only?: number): Promise<void> {
  await db.inspect(async (client) => {
    for (const [index, check] of checksOf(client, db).entries()) {
      if (only !== undefined && index !== only) continue;
      try {
        state.found = addTraits(state.found, await check(state.found));
      } catch (error) {
        if (error instanceof ChatError && error.code === "CONFIGURATION") state.refused = index;
        throw error;
      }
    }
    return state.found;
  });
  if (only !== undefined) return;
  await db.checkServer();
  state.isReady = true;
}

/** One part of what is found out, which does not need what the others find. */
type Check = (found: ClientTraits) => Promise<Partial<ClientTraits>>;

/** Each statement is sent through the extensions, and caught after the last one. */
function checksOf(client: PrismaInternals, db: Database): readonly Check[] {
  const checkAllFields: Check = async () => {
    checkFields(client, db, allRoles, new Map());
    return plainTraits;
  };
  if (statementExtensions(client).length === 0) return [checkAllFields];
  const refuse = refusalOf(client);
  const probe = new ClientProbe(client, db.names, refuse);
  const seesRaw =
    seesStatement(client, undefined, "$queryRawUnsafe") ||
    seesStatement(client, undefined, "$executeRawUnsafe");
  return [
    async () => {
      await checkTogether(probe, questionOf(probe, db), refuse);
      return plainTraits;
    },
    ...writtenGroups.map((roles): Check => async () => {
      const { changing, ...traits } = await checkWrites(probe, db, client, refuse, roles);
      checkFields(client, db, roles, changing);
      let found = addTraits(plainTraits, traits);
      for (const role of roles)
        found = addTraits(found, await checkReads(probe, db, client, refuse, { role, changing }));
      return found;
    }),
    ...(seesRaw
      ? [
          () => checkRawStatements(probe, db, refuse),
          async ({ readsElsewhere }: ClientTraits) => {
            await checkRawResults(client, db, readsElsewhere);
            return plainTraits;
          },
        ]
      : []),
  ];
}

/**
 * @throws ChatError `CONFIGURATION` when an extension computes a column that this package reads. A text that is changed
 *   on the way to the database may be changed back.
 */
function checkFields(
  client: PrismaInternals,
  db: Database,
  roles: readonly TableRole[],
  changing: ChangedColumns,
): void {
  for (const role of roles)
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
