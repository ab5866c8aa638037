import { isDeepStrictEqual } from "node:util";

import type { Database } from "../database.ts";
import type { ClientTraits } from "../list-extensions.ts";
import { refusalOf, seesStatement, statementExtensions } from "../list-extensions.ts";
import type { PrismaInternals, Row } from "../prisma-client-like.ts";
import type { TableRole } from "../table-names.ts";
import { ClientProbe, marker } from "./client-probe.ts";

/**
 * Finds out whether extensions change texts or hide rows for this caller, as they may do for some tenants only. A few
 * reads and updates of no row, which return to the extension as if they had found nothing, tell.
 *
 * @param known what they are known to do, which is not asked for again.
 */
export async function lookAgain(
  client: PrismaInternals,
  db: Database,
  known: ClientTraits,
): Promise<ClientTraits> {
  if (statementExtensions(client).length === 0) return known;
  const probe = new ClientProbe(client, db.names, refusalOf(client));
  /** Whether an argument arrives with another value. False when nothing arrives. */
  const changes = async (
    role: TableRole,
    operation: "findMany" | "updateMany",
    key: "where" | "data",
    data: Row,
  ): Promise<boolean> => {
    const isAsked = Object.keys(data).every((column) => db.has(role, column));
    if (!isAsked || !seesStatement(client, db.names[role], operation)) return false;
    const where = probe.nowhere(role);
    const args: Row = operation === "findMany" ? { where } : { where, data };
    const reply = operation === "findMany" ? [] : { count: 0 };
    const isInTransaction = operation === "findMany" && known.readsElsewhere;
    const statement = (await probe.read(probe.probe(role, operation, args), reply, isInTransaction))
      .statement;
    if (statement === null) return false;
    const { [key]: arrived }: Row = Object(statement.args);
    return !isDeepStrictEqual(arrived, args[key]);
  };
  const hides = async (role: TableRole): Promise<boolean> => changes(role, "findMany", "where", {});
  const writes = async (role: TableRole, columns: readonly string[]): Promise<boolean> => {
    const data = Object.fromEntries(columns.map((column) => [column, `${marker} ${column}`]));
    return changes(role, "updateMany", "data", data);
  };
  return {
    ...known,
    filtersReads: known.filtersReads || (await hides("message")) || (await hides("chat")),
    // An extension that changes the log has to change the texts that are made of it, too.
    changesText: known.changesText || (await writes("message", ["content"])),
    changesTitles: known.changesTitles || (await writes("chat", ["title"])),
  };
}
