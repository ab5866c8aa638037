import { isDeepStrictEqual } from "node:util";

import type { TableRole } from "../client/table-names.ts";
import type { Probe, RawOperation } from "./catch.ts";
import { marker } from "./catch.ts";
import type { ClientProbe } from "./client-probe.ts";
import type { Refuse } from "../client/list-extensions.ts";
import type { Database } from "../database.ts";
import { keyOf } from "../client/used-operations.ts";

/** The tables that raw statements of each kind name. */
const uses: {
  readonly [Kind in "SELECT" | "INSERT" | "UPDATE" | "DELETE"]: readonly TableRole[];
} = {
  SELECT: ["chat", "message", "toolCall", "usage", "usageDay", "account"],
  INSERT: ["chunk", "usageDay", "account"],
  UPDATE: ["message", "account"],
  DELETE: ["account"],
};

/**
 * Finds out what extensions do to raw statements, without reaching the database. A comment may be added.
 *
 * @throws ChatError `CONFIGURATION` when an extension refuses, changes or redirects them.
 */
export async function checkRawStatements(
  probe: ClientProbe,
  db: Database,
  refuse: Refuse,
): Promise<{ readonly readsElsewhere: boolean }> {
  let readsElsewhere = false;
  for (const statement of statements(db)) {
    if (statement.operation === "$executeRawUnsafe") {
      // It is sent by itself, and together with others.
      const alone = await probe.write(statement);
      const together = await probe.writeTogether(statement);
      if (alone === null || together === null)
        throw refuse(
          `does not pass on ${statement.name}, or runs it outside of the transaction that it belongs to. ${letPass}`,
          statement,
        );
      checkSame(statement, alone.args, refuse);
      checkSame(statement, together.args, refuse);
      continue;
    }
    const read = async (isInTransaction: boolean): Promise<boolean> => {
      const reply = [{ probeText: marker }];
      const { statement: arrived, result } = await probe.read(statement, reply, isInTransaction);
      if (arrived === null) return false;
      checkSame(statement, arrived.args, refuse);
      if (!isDeepStrictEqual(result, reply))
        throw refuse(`changes what ${statement.name} returns. ${letPass}`, statement);
      return true;
    };
    // A read that is sent again may be answered by a cache.
    if ((await read(false)) && (await read(false))) continue;
    readsElsewhere = true;
    if ((await read(true)) && (await read(true))) continue;
    throw refuse(
      `does not pass on ${statement.name}, even inside a transaction. ${letPass}`,
      statement,
    );
  }
  return { readsElsewhere };
}

export const letPass = "Let it pass raw statements to the tables of this package as they are.";

function statements(db: Database): readonly Probe[] {
  const probe = (operation: RawOperation, text: string): Probe => ({
    name: `raw statements (${operation} with ${text.split(" ", 1)[0]})`,
    operation,
    args: [text, marker],
  });
  const of = (kind: keyof typeof uses, text: (table: string, key: string) => string): Probe[] =>
    uses[kind]
      .filter((role) => db.has(role, keyOf(role)))
      .map((role) => {
        const table = db.sql.table(role);
        const operation = kind === "SELECT" ? "$queryRawUnsafe" : "$executeRawUnsafe";
        return probe(operation, text(table.name, table.column(keyOf(role))));
      });
  const first = db.sql.parameter(1);
  // An extension may send it to the database. MySQL asks for a default of the other columns even where no row is inserted.
  const insert = db.sql.isMysql ? "INSERT IGNORE" : "INSERT";
  return [
    ...of(
      "INSERT",
      (table, key) =>
        `${insert} INTO ${table}(${key}) SELECT ${key} FROM ${table} WHERE ${key}=${first}`,
    ),
    ...of("UPDATE", (table, key) => `UPDATE ${table} SET ${key}=${key} WHERE ${key}=${first}`),
    ...of("DELETE", (table, key) => `DELETE FROM ${table} WHERE ${key}=${first}`),
    ...of("SELECT", (table, key) => `SELECT ${key} FROM ${table} WHERE ${key}=${first}`),
  ];
}

function checkSame(statement: Probe, arrived: unknown, refuse: Refuse): void {
  const [text, ...values]: readonly unknown[] = Array.isArray(arrived) ? arrived : [];
  const [given, ...bound]: readonly unknown[] = Array.isArray(statement.args) ? statement.args : [];
  // Tools for tracing add comments.
  const bare = String(text)
    .replaceAll(/\/\*.*?\*\//gs, "")
    .trim();
  if (bare !== given || !isDeepStrictEqual(values, bound))
    throw refuse(`changes ${statement.name}. ${letPass}`, statement);
}
