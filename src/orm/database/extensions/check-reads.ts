import { isDeepStrictEqual } from "node:util";

import type { PrismaInternals, Row } from "../client/prisma-client-like.ts";
import type { TableRole } from "../client/table-names.ts";
import { changedKeys, checkConditions, leaveOut } from "./changed-statement.ts";
import type { ClientProbe } from "./client-probe.ts";
import type { ClientTraits, Refuse } from "../client/list-extensions.ts";
import { foreignNumbers } from "../client/adapt-delegate.ts";
import { marker } from "./catch.ts";
import type { ChangedColumns } from "./known-columns.ts";
import { rowOf } from "./known-columns.ts";
import type { Database } from "../database.ts";
import { seesStatement } from "../client/list-extensions.ts";
import type { Operation } from "../client/used-operations.ts";
import { keyOf, usedOperations } from "../client/used-operations.ts";

/** What an extension may add without changing the rows and the columns that are read. */
const harmless: readonly string[] = ["include", "relationLoadStrategy"];

/** What to find out. */
interface ReadCheck {
  readonly role: TableRole;
  /** Texts that writes change. Reads may change them back, so they are not in what is returned. */
  readonly changing: ChangedColumns;
  /** Asks with one read, in the context of a later caller. */
  readonly isShort?: boolean;
}

/**
 * Finds out what extensions do to the reads of a model.
 *
 * @throws ChatError `CONFIGURATION` when a read would get other rows or columns than it asks for.
 */
export async function checkReads(
  probe: ClientProbe,
  db: Database,
  client: PrismaInternals,
  refuse: Refuse,
  { role, changing, isShort = false }: ReadCheck,
): Promise<Pick<ClientTraits, "filtersReads" | "readsElsewhere">> {
  let [filtersReads, readsElsewhere] = [false, false];
  const all = reads(probe, db, client, role, changing);
  for (const { operation, args, replies } of isShort ? all.slice(0, 1) : all) {
    const statement = probe.probe(role, operation, args);
    if (!seesStatement(client, db.names[role], operation)) continue;
    // A replica may be down by now.
    let isInTransaction = isShort && db.traits.readsElsewhere;
    const read = async (reply: unknown): Promise<Row | null> => {
      const { statement: arrived, result } = await probe.read(statement, reply, isInTransaction);
      if (arrived === null) return null;
      if (!isKept(result, reply))
        throw refuse(`changes what ${statement.name} returns. ${leaveOut}`, statement);
      return Object(arrived.args);
    };
    const readTwice = async (): Promise<Row | null> => {
      const first = await read(replies[0]);
      // A read that is sent again may be answered by a cache.
      return first === null || isShort ? first : read(replies[1]);
    };
    let arrived = await readTwice();
    if (arrived === null && !isInTransaction) {
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
  /** What it returns the first time and the second time. */
  readonly replies: readonly [unknown, unknown];
}

/** Each read of a model, without what an extension may have a default for and with it. */
function reads(
  probe: ClientProbe,
  db: Database,
  client: PrismaInternals,
  role: TableRole,
  changing: ChangedColumns,
): Read[] {
  const found: Read[] = [];
  // Raw statements read this one.
  const used = { ...usedOperations, usageDay: ["findMany"] } as const;
  const key = keyOf(role);
  if (!db.has(role, key)) return [];
  const where = probe.nowhere(role);
  const full = { where, orderBy: { [key]: "desc" }, select: { [key]: true } };
  const keys = ["a", "b", "c"].map((name) => ({ [key]: `${marker} ${name}` }));
  const rows = rowsOf(db, client, role, changing.get(role));
  for (const operation of used[role]) {
    if (operation === "findMany") {
      found.push({ operation, args: { where }, replies: [rows, []] });
      found.push({ operation, args: { ...full, take: keys.length }, replies: [keys, keys] });
    } else if (operation === "findFirst") {
      found.push({ operation, args: { where }, replies: [rows[0], null] });
      found.push({ operation, args: full, replies: [keys[0], keys[0]] });
    } else if (operation === "groupBy") {
      const group = { chatId: `${marker} chat` };
      found.push({ operation, args: { by: ["chatId"], where }, replies: [[group], []] });
    } else if (operation === "aggregate") {
      const column = role === "attachment" ? "size" : "inputTokens";
      const sums = [{ _sum: { [column]: 1 } }, { _sum: { [column]: null } }] as const;
      found.push({ operation, args: { where, _sum: { [column]: true } }, replies: sums });
    }
  }
  return found;
}

/** Two rows as the database returns them. */
function rowsOf(
  db: Database,
  client: PrismaInternals,
  role: TableRole,
  changed: ReadonlySet<string> = new Set(),
): readonly Row[] {
  const foreign = foreignNumbers(client._runtimeDataModel?.models[db.names[role]]);
  const key = keyOf(role);
  const { row } = rowOf(db, role);
  const dates = db.has(role, "createdAt") ? { createdAt: new Date(0) } : {};
  const kept = Object.entries({ [key]: marker, ...row, ...dates }).filter(
    ([column]) => !changed.has(column) && !foreign.includes(column),
  );
  const others = kept.map(([column, value]): [string, unknown] => {
    if (column === key) return [column, `${marker} other`];
    return [column, typeof value === "boolean" ? !value : value];
  });
  return [Object.fromEntries(kept), Object.fromEntries(others)];
}

/** Whether a read has returned what it got. An extension may add to it. */
function isKept(result: unknown, reply: unknown): boolean {
  if (Array.isArray(reply))
    return (
      Array.isArray(result) &&
      result.length === reply.length &&
      reply.every((one, index) => isKept(result[index], one))
    );
  if (typeof reply !== "object" || reply === null || reply instanceof Date)
    return isDeepStrictEqual(result, reply);
  if (typeof result !== "object" || result === null) return false;
  return Object.entries(reply).every(([key, value]) => isKept(Reflect.get(result, key), value));
}
