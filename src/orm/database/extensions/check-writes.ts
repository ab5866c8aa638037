import { ChatError } from "../../../chat/chat-error.ts";
import type { PrismaInternals, Row } from "../client/prisma-client-like.ts";
import type { TableRole } from "../client/table-names.ts";
import { allRoles } from "../client/table-names.ts";
import { ownTransactions } from "./check-together.ts";
import { changedKeys, checkConditions, leaveOut } from "./changed-statement.ts";
import type { Probe } from "./catch.ts";
import type { ChangedColumns } from "./known-columns.ts";
import { rowOf, texts, unstorable } from "./known-columns.ts";
import type { ClientProbe } from "./client-probe.ts";
import type { ClientTraits, Refuse } from "../client/list-extensions.ts";
import type { Database } from "../database.ts";
import { seesStatement } from "../client/list-extensions.ts";
import type { Operation } from "../client/used-operations.ts";
import { usedOperations } from "../client/used-operations.ts";

const writeOperations = ["create", "createMany", "update", "updateMany"] as const;
type WriteOperation = (typeof writeOperations)[number];

/** Those that are in the log of an answer as well, while it is made. */
const logged: { readonly [Role in TableRole]?: readonly string[] } = {
  message: ["content", "thinkingText", "parts", "object"],
  toolCall: ["arguments", "progress"],
};

/** All models. Those whose texts are in the log of an answer as well are checked together with it. */
const loggedGroup: readonly TableRole[] = ["message", "toolCall", "chunk"];
export const writtenGroups: readonly (readonly TableRole[])[] = [
  loggedGroup,
  ...allRoles.filter((role) => !loggedGroup.includes(role)).map((role) => [role]),
];

/**
 * Finds out what extensions do to the writes of models.
 *
 * @param roles one of `writtenGroups`.
 * @throws ChatError `CONFIGURATION` when something else would be written, or elsewhere.
 */
export async function checkWrites(
  probe: ClientProbe,
  db: Database,
  client: PrismaInternals,
  refuse: Refuse,
  roles: readonly TableRole[],
): Promise<Pick<ClientTraits, "changesText" | "deletesElsewhere"> & Changes> {
  const changing = new Map<TableRole, Set<string>>();
  let deletesElsewhere = false;
  for (const role of roles) {
    const used: readonly Operation[] = usedOperations[role];
    const { columns, known, row } = rowOf(db, role);
    if (known.length === 0) continue;
    const changes = new Map<WriteOperation, readonly string[]>();
    for (const operation of writeOperations) {
      const isUsed = used.includes(operation);
      if (!seesStatement(client, db.names[role], operation) || !(isUsed || columns.length > 0))
        continue;
      const write = probe.probe(role, operation, argsOf(operation, probe.nowhere(role), row));
      const changed = isUsed
        ? await checkWrite(probe, write, refuse)
        : await changedUnused(probe, write);
      changes.set(operation, changed);
      if (isUsed) checkColumns(db, write, changed, refuse);
    }
    for (const column of columns) {
      const those = writeOperations.filter((one) => changes.get(one)?.includes(column));
      if (those.length === 0) continue;
      changing.set(role, (changing.get(role) ?? new Set()).add(column));
      const others = used.filter((one) => isWrite(one) && !those.includes(one));
      if (others.length > 0)
        throw refuse(
          `changes ${db.names[role]}.${column} in ${those.join(" and ")}, but not in ${others.join(" and ")}, which this package uses. Extend it to these.`,
        );
    }
    for (const operation of ["updateMany", "deleteMany"] as const)
      if (used.includes(operation) && seesStatement(client, db.names[role], operation))
        await checkCount(role, operation, known);
    if (used.includes("deleteMany") && seesStatement(client, db.names[role], "deleteMany"))
      deletesElsewhere = (await checkDeletion(role)) || deletesElsewhere;
  }
  if (roles.includes("chunk")) checkLogged(db, changing, refuse);
  return { changesText: changesSearched(changing), deletesElsewhere, changing };

  /** A write of no row, which may return to the extension, because nothing has happened. */
  async function checkCount(
    role: TableRole,
    operation: "updateMany" | "deleteMany",
    known: readonly (readonly [string, unknown])[],
  ): Promise<void> {
    const where = probe.nowhere(role);
    const args =
      operation === "updateMany" ? { where, data: Object.fromEntries(known) } : { where };
    const write = probe.probe(role, operation, args);
    const { result } = await probe.read(write, { count: 0 }, false);
    const { count }: { readonly count?: unknown } = Object(result);
    if (count !== 0) throw refuse(`changes what ${write.name} returns. ${leaveOut}`, write);
  }

  async function checkDeletion(role: TableRole): Promise<boolean> {
    const deletion = probe.probe(role, "deleteMany", { where: probe.nowhere(role) });
    const arrived = await probe.writeTogether(deletion);
    if (arrived !== null) checkArgs(deletion, arrived.args, refuse);
    else if (role === "chunk")
      throw refuse(
        `replaces ${deletion.name}, whose rows must be deleted together with other changes. ${leaveOut}`,
        deletion,
      );
    return arrived === null && role === "message";
  }
}

interface Changes {
  readonly changing: ChangedColumns;
}

/**
 * Finds out with one write of each model what extensions do in the context of this caller, as they may encrypt for some
 * tenants only.
 *
 * @throws ChatError `CONFIGURATION` as `checkWrites` does.
 */
export async function checkOneWrite(
  probe: ClientProbe,
  db: Database,
  client: PrismaInternals,
  refuse: Refuse,
): Promise<Pick<ClientTraits, "changesText"> & Changes> {
  const writes = allRoles.flatMap((role) => {
    const used: readonly Operation[] = usedOperations[role];
    const operation = preferredWrites.find((one) => used.includes(one));
    const { known, row } = rowOf(db, role);
    if (operation === undefined || known.length === 0) return [];
    if (!seesStatement(client, db.names[role], operation)) return [];
    return [probe.probe(role, operation, argsOf(operation, probe.nowhere(role), row))];
  });
  const changing = new Map<TableRole, Set<string>>();
  for (let first = 0; first < writes.length; first += groupSize) {
    const group = writes.slice(first, first + groupSize);
    const arrived = await probe.writeGroup(group);
    if (arrived === null) throw refuse(ownTransactions);
    for (const [index, write] of group.entries()) {
      const changed = checkArrived(write, arrived[index] ?? null, refuse);
      checkColumns(db, write, changed, refuse);
      const those = changed.filter((column) => texts[write.role]?.includes(column));
      if (those.length > 0) changing.set(write.role, new Set(those));
    }
  }
  checkLogged(db, changing, refuse);
  return { changesText: changesSearched(changing), changing };
}

/** The message that asks a question. */
export function questionOf(probe: ClientProbe, db: Database): Probe {
  const { row } = rowOf(db, "message");
  return probe.probe("message", "createMany", argsOf("createMany", {}, row));
}

/** An extension may limit how many statements run at once, so no more of them are sent together than by an answer. */
const groupSize = 2;

const preferredWrites = ["createMany", "updateMany", "update", "create"] as const;

/** @throws ChatError `CONFIGURATION` when something else than texts is changed. */
function checkColumns(
  db: Database,
  write: Probe & { readonly role: TableRole },
  changed: readonly string[],
  refuse: Refuse,
): void {
  const { role, operation } = write;
  const wrong = changed.find((column) => texts[role]?.includes(column) !== true);
  if (wrong === undefined) return;
  throw refuse(
    role === "usage" || role === "account"
      ? `changes what is written to ${db.names[role]}, which needs raw statements. ${leaveOut}`
      : `changes ${db.names[role]}.${wrong} in ${operation}, which this package looks for. Leave that column out of it.`,
    write,
  );
}

/** @throws ChatError `CONFIGURATION` when texts are changed, but not where an answer is saved piece by piece. */
function checkLogged(db: Database, changing: ChangedColumns, refuse: Refuse): void {
  if (!db.has("chunk", "text") || changing.has("chunk")) return;
  for (const role of loggedGroup)
    if (logged[role]?.some((column) => changing.get(role)?.has(column)))
      throw refuse(
        `changes the texts of ${db.names[role]}, but not ${db.names.chunk}.text, where an answer is saved piece by piece while it is made. Extend it to that model.`,
      );
}

/** Whether raw statements cannot search any more. */
function changesSearched(changing: ChangedColumns): boolean {
  return (
    changing.has("message") || changing.has("chunk") || changing.get("chat")?.has("title") === true
  );
}

/** Says what happens to a write that this package does not use, so whatever stops it does not matter. */
async function changedUnused(probe: ClientProbe, write: Probe): Promise<readonly string[]> {
  try {
    const arrived = await probe.write(write);
    return arrived === null ? [] : changedColumns(write.args, arrived.args);
  } catch (error) {
    if (error instanceof ChatError) return [];
    throw error;
  }
}

/** @returns the columns that arrive with other values than they were given */
async function checkWrite(
  probe: ClientProbe,
  write: Probe,
  refuse: Refuse,
): Promise<readonly string[]> {
  return checkArrived(write, await probe.writeTogether(write), refuse);
}

function checkArrived(
  write: Probe,
  arrived: { readonly args: unknown } | null,
  refuse: Refuse,
): readonly string[] {
  if (arrived === null)
    throw refuse(
      `replaces ${write.name}, or runs it outside of the transaction that it belongs to. ${leaveOut}`,
      write,
    );
  checkArgs(write, arrived.args, refuse);
  return changedColumns(write.args, arrived.args);
}

/** Nothing may change which rows are written or what is returned, but what rows are hidden. */
function checkArgs(write: Probe, arrived: unknown, refuse: Refuse): void {
  const [given, got]: [Row, Row] = [Object(write.args), Object(arrived)];
  for (const key of changedKeys(given, got)) {
    if (key === "data" || (key === "include" && write.operation === "create")) continue;
    if (key !== "where" || given["where"] === undefined)
      throw refuse(
        `sets \`${key}\` of ${write.name}, which would then do something else. ${leaveOut}`,
        write,
      );
    checkConditions(write, got["where"], refuse);
  }
}

function changedColumns(given: unknown, arrived: unknown): readonly string[] {
  const dataOf = (args: unknown): Row | null => {
    const { data }: { readonly data?: unknown } = Object(args);
    const rows = [data].flat();
    return rows.length === 1 ? Object(rows[0]) : null;
  };
  const [row, got] = [dataOf(given) ?? {}, dataOf(arrived)];
  return Object.keys(row).filter(
    (column) => column !== unstorable && got?.[column] !== row[column],
  );
}

function argsOf(operation: WriteOperation, where: Row, values: Row): Row {
  if (operation === "update") return { where, data: values, select: { id: true } };
  if (operation === "updateMany") return { where, data: values };
  const row = { ...values, [unstorable]: new Date(Number.NaN) };
  return { data: operation === "createMany" ? [row] : row };
}

function isWrite(operation: Operation): operation is WriteOperation {
  return writeOperations.some((one) => one === operation);
}
