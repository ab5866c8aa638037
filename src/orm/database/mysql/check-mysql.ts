import { ChatError } from "../../../chat/chat-error.ts";

/** The collations of MySQL 8 and of MariaDB that tell all texts apart, also by case and by spaces at their end. */
const exactCollations = ["utf8mb4_0900_bin", "utf8mb4_nopad_bin"];

type Query = (
  sql: string,
  values: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Checks that the database compares ids and scopes exactly, and refuses null where a column does: the limits of scopes
 * depend on it.
 *
 * @param tableNames the tables of the chats; the database need not have all of them.
 * @throws ChatError `CONFIGURATION` that says how to set up the database.
 */
export async function checkMysql(query: Query, tableNames: readonly string[]): Promise<void> {
  const [server] = await query("SELECT VERSION() AS version,@@SESSION.sql_mode AS mode", []);
  const mode = String(server?.["mode"]);
  if (!/\b(STRICT_TRANS_TABLES|STRICT_ALL_TABLES|TRADITIONAL)\b/.test(mode)) {
    throw new ChatError(
      "CONFIGURATION",
      `MySQL's sql_mode is "${mode}", which writes 0 where it should refuse null, so that limits would not hold. Add STRICT_TRANS_TABLES to sql_mode.`,
    );
  }
  const rows = await query(
    `SELECT table_name AS name,collation_name AS collation FROM information_schema.columns ` +
      `WHERE table_schema=DATABASE() AND data_type IN ('char','varchar') ` +
      `AND table_name IN (${tableNames.map(() => "?").join()})`,
    tableNames,
  );
  const inexact = rows.filter((row) => !exactCollations.includes(String(row["collation"])));
  const inexactNames = new Set(inexact.map((row) => String(row["name"])));
  if (inexactNames.size === 0) return;
  const isMariadb = String(server?.["version"]).includes("MariaDB");
  const collation = isMariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  throw new ChatError(
    "CONFIGURATION",
    `${[...inexactNames].join(", ")}: the collation ${String(inexact[0]?.["collation"])} takes different ids or owners for the same, such as "anna" and "anna ". ` +
      `Create the tables with COLLATE ${collation}: write that in the place of the other in the migration, before you run it (\`npx prisma migrate dev --create-only\`).`,
  );
}
