import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Database } from "../../orm/database/database.ts";

/**
 * Returns a text that tells a database from all others, copies of it included: those have the same chats and messages.
 * It is the same for every process that uses the database, whatever address it has there.
 */
export async function identifyDatabase(db: Database): Promise<string> {
  const identity = await (identities[db.sql.provider] ?? nothing)(db);
  return createHash("sha256").update(identity).digest("base64url").slice(0, 12);
}

const nothing = (): Promise<string> => Promise.resolve("");

const identities: { readonly [provider: string]: (db: Database) => Promise<string> } = {
  async sqlite(db) {
    const files = await db.query("PRAGMA database_list", []);
    const path = String(files.find((row) => row["name"] === "main")?.["file"] ?? "");
    // Containers that share a file may each have it at another place. A remote database has no file here.
    const file = await stat(path).catch(() => null);
    return file === null ? path : `${file.ino} ${file.birthtimeMs}`;
  },
  async postgresql(db) {
    const [row] = await db.query(
      "SELECT oid::text AS oid,has_function_privilege('pg_control_system()','execute') AS readable " +
        "FROM pg_database WHERE datname=current_database()",
      [],
    );
    const database = String(row?.["oid"]);
    if (row?.["readable"] !== true) return database;
    const [server] = await db.query(
      "SELECT system_identifier::text AS id FROM pg_control_system()",
      [],
    );
    return `${String(server?.["id"])} ${database}`;
  },
  async mysql(db) {
    // MySQL calls it `server_uuid`, and MariaDB `server_uid`.
    const servers = await db.query("SHOW VARIABLES LIKE 'server_u%id'", []);
    const [row] = await db.query("SELECT DATABASE() AS name", []);
    const ids = servers.map((server) => String(server["Value"]));
    return [...ids, String(row?.["name"])].join(" ");
  },
};
