import { isDeepStrictEqual } from "node:util";

import type { PrismaInternals, Row } from "../prisma-client-like.ts";
import type { TableRole } from "../table-names.ts";
import { changedKeys, checkConditions, leaveOut } from "./changed-statement.ts";
import type { ClientProbe } from "./client-probe.ts";
import type { ClientTraits, Refuse } from "../list-extensions.ts";
import { marker } from "./client-probe.ts";
import type { Database } from "../database.ts";
import { seesStatement } from "../list-extensions.ts";
import type { Operation } from "../used-operations.ts";
import { keyOf, usedOperations } from "../used-operations.ts";

/** What an extension may add without changing the rows and the columns that are read. */
const harmless: readonly string[] = ["include", "relationLoadStrategy"];

/**
 * Finds out what extensions do to the reads of a model.
 *
 * @param isShort asks with one read, in the context of a later caller.
 * @throws ChatError `CONFIGURATION` when a read would get other rows or columns than it asks for.
 */
export async function checkReads(
  probe: ClientProbe,
  db: Database,
  client: PrismaInternals,
  refuse: Refuse,
  role: TableRole,
  isShort = false,
): Promise<Pick<ClientTraits, "filtersReads" | "readsElsewhere">> {
  let [filtersReads, readsElsewhere] = [false, false];
  const all = reads(probe, db, role);
  for (const { operation, args, reply } of isShort ? all.slice(0, 1) : all) {
    const statement = probe.probe(role, operation, args);
    if (!seesStatement(client, db.names[role], operation)) continue;
    let isInTransaction = false;
    const read = async (): Promise<Row | null> => {
      const { statement: arrived, result } = await probe.read(statement, reply, isInTransaction);
      if (arrived === null) return null;
      if (!isDeepStrictEqual(plain(result), plain(reply)))
        throw refuse(`changes what ${statement.name} returns. ${leaveOut}`, statement);
      return Object(arrived.args);
    };
    const readTwice = async (): Promise<Row | null> => {
      const first = await read();
      // A read that is sent again may be answered by a cache.
      return first === null || isShort ? first : read();
    };
    let arrived = await readTwice();
    if (arrived === null) {
      readsElsewhere = true;
      isInTransaction = true;
      arrived = await readTwice();
    }
    if (arrived === null)
      throw refuse(
        `keeps ${statement.name} from the database, even inside a transaction.`,
        statement,
      );
    for (const key of changedKeys(args, arrived)) {
      if (key === "where") {
        checkConditions(statement, arrived["where"], refuse);
        filtersReads = true;
        continue;
      }
      const isFind = operation === "findMany" || operation === "findFirst";
      const isAdded = args[key] === undefined && args["select"] === undefined;
      // What has no order when it is read is put into one later.
      if (isFind && isAdded && (key === "orderBy" || harmless.includes(key))) continue;
      throw refuse(
        `sets \`${key}\` of ${statement.name}, which would get other rows or columns than it asks for. ${leaveOut}`,
        statement,
      );
    }
  }
  return { filtersReads, readsElsewhere };
}

interface Read {
  readonly operation: Operation;
  readonly args: Row;
  readonly reply: unknown;
}

/** Each read of a model, without what an extension may have a default for and with it. */
function reads(probe: ClientProbe, db: Database, role: TableRole): Read[] {
  const found: Read[] = [];
  // Raw statements read this one.
  const used = { ...usedOperations, usageDay: ["findMany"] } as const;
  const key = keyOf(role);
  if (!db.has(role, key)) return [];
  const where = probe.nowhere(role);
  const full = { where, orderBy: { [key]: "desc" }, select: { [key]: true } };
  const rows = ["a", "b", "c"].map((name) => ({ [key]: `${marker} ${name}` }));
  for (const operation of used[role]) {
    if (operation === "findMany") {
      found.push({ operation, args: { where }, reply: [] });
      found.push({ operation, args: { ...full, take: rows.length }, reply: rows });
    } else if (operation === "findFirst") {
      found.push({ operation, args: { where }, reply: null });
      found.push({ operation, args: full, reply: rows[0] });
    } else if (operation === "groupBy") {
      found.push({ operation, args: { by: ["chatId"], where }, reply: [] });
    } else if (operation === "aggregate") {
      const column = role === "attachment" ? "size" : "inputTokens";
      const sum = { _sum: { [column]: 1 } };
      found.push({ operation, args: { where, _sum: { [column]: true } }, reply: sum });
    }
  }
  return found;
}

/** A result without what extensions add to its prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
