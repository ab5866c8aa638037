import { createHash, randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Database } from "../../orm/database/database.ts";
import { isUniqueViolation } from "../../orm/database/prisma-errors.ts";
import { raw, sql } from "../../orm/database/sql-text.ts";

/**
 * Returns a text that tells a database from all others, copies of it included: those have the same chats and messages.
 * It is the same for every process that uses the database, whatever address it has there.
 *
 * The database keeps a random id of its own, because not every server says which one it is, and not to everybody. What
 * the server says tells the copies apart, which have the same id.
 */
export async function identifyDatabase(db: Database): Promise<string> {
  const id = await ownId(db);
  const place = await (places[db.sql.provider] ?? nothing)(db);
  return createHash("sha256").update(`${id} ${place}`).digest("base64url").slice(0, 12);
}

/** The row that has the id, among those of the limits. No key of a scope looks like this. */
const row = { id: "database", scope: "database" };

async function ownId(db: Database): Promise<string> {
  const account = db.ledger?.account;
  if (account === undefined) return "";
  const find = async () => (await account.findFirst({ where: row }))?.call;
  const known = await find();
  if (known !== undefined) return known;
  const id = randomUUID();
  const { name, columns } = namesOf(db);
  try {
    await db.write(() =>
      db.statement(sql`INSERT INTO ${name}(${columns}) VALUES(${row.id},${row.scope},${id})`),
    );
    return id;
  } catch (error) {
    // Another process was faster.
    if (!isUniqueViolation(error)) throw error;
    return (await find()) ?? "";
  }
}

function namesOf(db: Database) {
  const account = db.sql.table("account");
  const columns = ["id", "scope", "call"].map((name) => account.column(name));
  return { name: raw(account.name), columns: raw(columns.join()) };
}

const nothing = (): Promise<string> => Promise.resolve("");

/** What the server says of where the database is. */
const places: { readonly [provider: string]: (db: Database) => Promise<string> } = {
  async sqlite(db) {
    const files = await db.query("PRAGMA database_list", []);
    const path = String(files.find((one) => one["name"] === "main")?.["file"] ?? "");
    // Containers that share a file may each have it at another place. A remote database has no file here.
    const file = await stat(path).catch(() => null);
    return file === null ? path : `${file.ino} ${file.birthtimeMs}`;
  },
  async postgresql(db) {
    const [found] = await db.query(
      "SELECT oid::text AS oid,has_function_privilege('pg_control_system()','execute') AS readable " +
        "FROM pg_database WHERE datname=current_database()",
      [],
    );
    const database = String(found?.["oid"]);
    // Managed servers do not tell everybody which one they are. The transaction that made the row is seldom the same in
    // a copy.
    if (found?.["readable"] !== true) {
      const account = db.sql.table("account");
      const [made] = await db.query(
        `SELECT xmin::text AS made FROM ${account.name} WHERE ${account.column("id")}=$1`,
        [row.id],
      );
      return `${String(made?.["made"])} ${database}`;
    }
    const [server] = await db.query(
      "SELECT system_identifier::text AS id FROM pg_control_system()",
      [],
    );
    return `${String(server?.["id"])} ${database}`;
  },
  async mysql(db) {
    // MySQL calls it `server_uuid`, and MariaDB `server_uid`.
    const servers = await db.query("SHOW VARIABLES LIKE 'server_u%id'", []);
    const [found] = await db.query("SELECT DATABASE() AS name", []);
    const ids = servers.map((server) => String(server["Value"]));
    return [...ids, String(found?.["name"])].join(" ");
  },
};
