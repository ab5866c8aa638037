import type { PrismaInternals, Row, TransactionOptions } from "./client/prisma-client-like.ts";
import type { NewChunk } from "./rows.ts";
import { insertSql, insertSqlIf } from "./insert-sql.ts";
import type { RenderedSql, SqlText } from "./sql-text.ts";
import { bound, join, raw, sql } from "./sql-text.ts";
import { TableSql } from "./table-sql.ts";
import type { ModelNames, TableRole } from "./client/table-names.ts";

/** What `isWaiting` of a status says, in SQL. */
const waiting = "('awaiting_approval','awaiting_output')";

/** The columns of a message whose text is saved in chunks. */
export type FoldedColumn = "content" | "thinkingText";

/** A row to insert or to change. */
interface Upsert {
  readonly columns: readonly string[];
  readonly rows: SqlText;
  /** The columns of the primary key, which is the only one. */
  readonly keys: readonly string[];
  readonly changes: readonly (readonly [column: string, value: SqlText])[];
}

/** The few statements that Prisma has no method for, in the dialect of the database and with the schema's names. */
export class SqlDialect {
  /** Prisma's name of the database: `sqlite`, `postgresql`, `mysql`, … */
  readonly provider: string;
  /** True for MySQL and MariaDB. */
  readonly isMysql: boolean;
  readonly #quote: string;
  readonly #tables: { readonly [Role in TableRole]: TableSql };

  constructor(client: PrismaInternals, names: ModelNames) {
    this.provider = client._activeProvider ?? "unknown";
    this.isMysql = this.provider === "mysql";
    this.#quote = this.isMysql ? "`" : '"';
    const tableOf = (role: TableRole): TableSql => new TableSql(client, names[role], this.#quote);
    this.#tables = {
      chat: tableOf("chat"),
      message: tableOf("message"),
      toolCall: tableOf("toolCall"),
      request: tableOf("request"),
      chunk: tableOf("chunk"),
      usage: tableOf("usage"),
      usageDay: tableOf("usageDay"),
      account: tableOf("account"),
      agentSession: tableOf("agentSession"),
      attachment: tableOf("attachment"),
      storedFile: tableOf("storedFile"),
    };
  }

  /**
   * What transactions need: the isolation that PostgreSQL has by default. Under that of MySQL, a statement would see the
   * rows as they were when its transaction first read some.
   */
  get transaction(): TransactionOptions {
    return this.isMysql ? { isolationLevel: "ReadCommitted" } : {};
  }

  /** True when the database can join saved chunks in one statement. */
  get canFold(): boolean {
    return this.provider === "sqlite" || this.provider === "postgresql";
  }

  /** Inserts chunks. */
  insertChunks(columns: readonly (keyof NewChunk)[], chunks: readonly NewChunk[]): SqlText {
    return insertSql(this.provider, this.#tables.chunk, columns, chunks);
  }

  /**
   * Inserts rows with the same columns, on SQLite or PostgreSQL.
   *
   * @param condition a condition without which nothing is inserted; none by default.
   */
  insert(role: TableRole, rows: readonly Row[], condition = raw("1=1")): SqlText {
    return insertSqlIf(this.provider, this.#tables[role], rows, condition);
  }

  /** Selects the ids of rows, on SQLite or PostgreSQL. */
  find(role: TableRole, where: Row): SqlText {
    const table = this.#tables[role];
    return sql`SELECT ${raw(table.column("id"))} FROM ${raw(table.name)} AS a WHERE ${this.where(role, "a", where)}`;
  }

  /** The condition that columns have values. */
  where(role: TableRole, alias: string, values: Row): SqlText {
    const table = this.#tables[role];
    return join(
      Object.entries(values).map(
        ([name, value]) => sql`${raw(`${alias}.${table.column(name)}`)}=${bound(value)}`,
      ),
      " AND ",
    );
  }

  /** Updates rows. */
  update(role: TableRole, data: Row, where: SqlText): SqlText {
    const table = this.#tables[role];
    const set = join(
      Object.entries(data).map(([name, value]) => sql`${raw(table.column(name))}=${bound(value)}`),
      ",",
    );
    return sql`UPDATE ${raw(table.name)} SET ${set} WHERE ${where}`;
  }

  /**
   * Appends the saved chunks, followed by text that was not saved yet, to columns of a message that is in progress.
   *
   * Values: the unsaved text of each column, message id, chat id.
   */
  foldChunks(columns: readonly FoldedColumn[]): string {
    const { message } = this.#tables;
    const texts = columns.map((column, index) => {
      const pieces = this.#pieces(column === "content" ? "text" : "thinking");
      const known = message.column(column);
      return `${known}=COALESCE(${known},'')||COALESCE(${pieces},'')||${this.parameter(index + 1)}`;
    });
    const id = this.parameter(columns.length + 1);
    const lock = this.parameter(columns.length + 2);
    return (
      `UPDATE ${message.name} SET ${texts.join()} ` +
      `WHERE ${message.column("id")}=${id} AND ${message.column("turnLock")}=${lock}`
    );
  }

  /**
   * Asks the producer of a message to stop, by appending a row to its log. No row is affected when the message has
   * ended, waits for somebody, or has been asked to stop before.
   *
   * Values: message id, chat id.
   */
  requestStop(): string {
    const { chunk, message } = this.#tables;
    // The time of the newest entry, which is not the highest one if the clocks of processes differ.
    const at = `SELECT ${chunk.column("at")} ${this.#ofMessage()} ORDER BY ${chunk.column("seq")} DESC LIMIT 1`;
    return (
      `INSERT INTO ${chunk.name}(${this.#chunkColumns()}) ` +
      `SELECT ${message.column("id")},COALESCE((${this.#newest()}),-1)+1,'stop','',COALESCE((${at}),0) ` +
      `FROM ${message.name} WHERE ${message.column("id")}=${this.parameter(1)} ` +
      `AND ${message.column("turnLock")}=${this.parameter(2)} ` +
      `AND ${message.column("status")} NOT IN ${waiting} ` +
      `AND NOT EXISTS(SELECT 1 ${this.#ofMessage()} AND ${chunk.column("kind")}='stop')`
    );
  }

  /**
   * Appends a fence to a log, which keeps the producer from appending anything else. Violates a constraint when the log
   * has grown since it was read, or the message has ended.
   *
   * Values: message id, message id, chat id.
   *
   * @param newest the number of the last row as it was read; -1 for an empty log.
   * @param at that row's time.
   */
  fence(newest: number, at: number): string {
    const { chunk, message } = this.#tables;
    const last = `(${this.#newest()})`;
    const seq =
      `SELECT CASE WHEN COALESCE(${last},-1)=${Math.trunc(newest)} THEN ${Math.trunc(newest) + 1} ELSE ${last} END ` +
      `FROM ${message.name} WHERE ${message.column("id")}=${this.parameter(2)} ` +
      `AND ${message.column("turnLock")}=${this.parameter(3)}`;
    return (
      `INSERT INTO ${chunk.name}(${this.#chunkColumns()}) ` +
      `SELECT ${this.parameter(1)},(${seq}),'fence','',${Math.trunc(at)}`
    );
  }

  /**
   * Claims a message for the process that continues it. No row is affected while a tool call still waits for
   * somebody.
   *
   * Values: message id, chat id.
   *
   * @param age milliseconds since the message was created.
   */
  claimDecided(age: number): string {
    const { chunk, message } = this.#tables;
    return (
      `INSERT INTO ${chunk.name}(${this.#chunkColumns()}) ` +
      `SELECT ${message.column("id")},(${this.#newest()})+1,'resume','',${Math.trunc(age)} ` +
      `FROM ${message.name} WHERE ${this.#isDecided()}`
    );
  }

  /**
   * Sets the status of a message that waits: `streaming` if `claimDecided` has claimed it, or else for what it still
   * waits. Runs after it, with the same values.
   */
  startDecided(): string {
    const { message } = this.#tables;
    const status =
      `CASE WHEN ${this.#hasCall("='awaiting_approval'")} THEN 'awaiting_approval' ` +
      `WHEN ${this.#hasCall("='awaiting_output'")} THEN 'awaiting_output' ELSE 'streaming' END`;
    return `UPDATE ${message.name} SET ${message.column("status")}=${status} WHERE ${this.#isWaiting()}`;
  }

  /**
   * Whether rows are in the order of `writtenOrder` exactly as they were written: SQLite numbers them and keeps the
   * order whatever happens to them later. PostgreSQL remembers the transaction that changed a row last.
   */
  get isWrittenOrderSure(): boolean {
    return this.provider === "sqlite";
  }

  /**
   * Selects the ids of rows in the order in which they were written. Null where the database does not remember it.
   *
   * Values: those of the column.
   */
  writtenOrder(role: TableRole, column: string, count: number): string | null {
    const order = writtenOrders[this.provider];
    if (order === undefined) return null;
    const table = this.#tables[role];
    const values = Array.from({ length: count }, (_, index) => this.parameter(index + 1));
    return (
      `SELECT ${table.column("id")} AS id FROM ${table.name} ` +
      `WHERE ${table.column(column)} IN (${values.join()}) ORDER BY ${order}`
    );
  }

  #chunkColumns(): string {
    const { chunk } = this.#tables;
    return ["messageId", "seq", "kind", "text", "at"].map((name) => chunk.column(name)).join();
  }

  /** A subquery for the number of the last row in the log of the message that the outer query selects. */
  #newest(): string {
    return `SELECT MAX(${this.#tables.chunk.column("seq")}) ${this.#ofMessage()}`;
  }

  #ofMessage(): string {
    const { chunk, message } = this.#tables;
    return (
      `FROM ${chunk.name} ` +
      `WHERE ${chunk.column("messageId")}=${message.name}.${message.column("id")}`
    );
  }

  #isDecided(): string {
    return `${this.#isWaiting()} AND NOT ${this.#hasCall(` IN ${waiting}`)}`;
  }

  #isWaiting(): string {
    const { message } = this.#tables;
    return (
      `${message.column("id")}=${this.parameter(1)} AND ${message.column("turnLock")}=${this.parameter(2)} ` +
      `AND ${message.column("status")} IN ${waiting}`
    );
  }

  /** @param status a condition for the status of a call of the message. */
  #hasCall(status: string): string {
    const { message, toolCall } = this.#tables;
    return (
      `EXISTS(SELECT 1 FROM ${toolCall.name} ` +
      `WHERE ${toolCall.column("messageId")}=${message.name}.${message.column("id")} ` +
      `AND ${toolCall.column("status")}${status})`
    );
  }

  #pieces(kind: "text" | "thinking"): string {
    const { chunk, message } = this.#tables;
    const text = chunk.column("text");
    const seq = chunk.column("seq");
    const where =
      `WHERE ${chunk.column("messageId")}=${message.name}.${message.column("id")} ` +
      `AND ${chunk.column("kind")}='${kind}'`;
    if (this.provider === "postgresql") {
      return `(SELECT string_agg(${text},'' ORDER BY ${seq}) FROM ${chunk.name} ${where})`;
    }
    return `(SELECT group_concat(${text},'') FROM (SELECT ${text} FROM ${chunk.name} ${where} ORDER BY ${seq}))`;
  }

  /**
   * Inserts rows, or changes the rows that have their keys.
   *
   * @param rows `values` or a query.
   * @param changes what to set, in this order: on MySQL, each one sees those before it.
   */
  upsert(role: TableRole, { columns, rows, keys, changes }: Upsert): SqlText {
    const table = this.#tables[role];
    const list = (names: readonly string[]): SqlText => raw(table.list(names));
    const set = join(
      changes.map(([name, value]) => sql`${raw(table.column(name))}=${value}`),
      ",",
    );
    return this.isMysql
      ? sql`INSERT INTO ${raw(table.name)}(${list(columns)}) ${rows} ON DUPLICATE KEY UPDATE ${set}`
      : sql`INSERT INTO ${raw(table.name)} AS a(${list(columns)}) ${rows} ON CONFLICT(${list(keys)}) DO UPDATE SET ${set}`;
  }

  /** In the changes of `upsert`, a column of the row as it is. */
  stored(role: TableRole, name: string): SqlText {
    const table = this.#tables[role];
    return raw(`${this.isMysql ? table.name : "a"}.${table.column(name)}`);
  }

  /** In the changes of `upsert`, a column of the row that would be inserted. */
  proposed(role: TableRole, name: string): SqlText {
    const column = this.#tables[role].column(name);
    return raw(this.isMysql ? `VALUES(${column})` : `excluded.${column}`);
  }

  /** A query for one row, which is there on a condition. */
  row(values: readonly SqlText[], condition: SqlText): SqlText {
    return sql`SELECT ${join(values, ",")}${raw(this.isMysql ? " FROM DUAL" : "")} WHERE ${condition}`;
  }

  /** A number or null whose type the database knows. */
  number(value: number | null, kind: "integer" | "float"): SqlText {
    const [standard, mysql] =
      kind === "integer" ? ["BIGINT", "SIGNED"] : ["DOUBLE PRECISION", "DOUBLE"];
    const type = raw(this.isMysql ? mysql : standard);
    return value === null ? sql`CAST(NULL AS ${type})` : sql`CAST(${value} AS ${type})`;
  }

  /**
   * Updates the rows of a table, `a`, with values from others, `h`.
   *
   * @param from the table or the subquery whose alias is `h`.
   */
  updateFrom(
    role: TableRole,
    changes: readonly (readonly [column: string, value: SqlText])[],
    from: SqlText,
    where: SqlText,
  ): SqlText {
    const table = this.#tables[role];
    const prefix = this.isMysql ? "a." : "";
    const set = join(
      changes.map(([name, value]) => sql`${raw(prefix + table.column(name))}=${value}`),
      ",",
    );
    return this.isMysql
      ? sql`UPDATE ${raw(table.name)} AS a,${from} AS h SET ${set} WHERE ${where}`
      : sql`UPDATE ${raw(table.name)} AS a SET ${set} FROM ${from} AS h WHERE ${where}`;
  }

  /**
   * Locks the row of an update on MySQL.
   *
   * @param where the conditions of the update, the key of the row among them.
   */
  rowLock(role: TableRole, where: Row) {
    const table = this.#tables[role];
    const key = role === "storedFile" ? "key" : "id";
    return {
      sql: `SELECT 1 FROM ${table.name} WHERE ${table.column(key)}=? FOR UPDATE`,
      values: [where[key]],
      // A row that is added refers to its chat, and has a shared lock on it. Two writers of a chat could then not have
      // the lock of the other.
      isFirst: role === "chat" || role === "message",
    };
  }

  /** How many bytes the text of a column has. SQLite and PostgreSQL know it without reading the text. */
  bytes(column: string): string {
    return `OCTET_LENGTH(${column})`;
  }

  /** The tables' own names, without quotes. */
  get tableNames(): readonly string[] {
    return Object.values(this.#tables).map((table) => table.plainName);
  }

  /** The physical names of a model. */
  table(role: TableRole): TableSql {
    return this.#tables[role];
  }

  /** A statement as the driver takes it. */
  render(text: SqlText): RenderedSql {
    return text.render((index) => this.parameter(index));
  }

  /** The placeholder of a bound value, counted from 1. */
  parameter(index: number): string {
    return this.provider === "postgresql" ? `$${index}` : "?";
  }
}

/** The transactions of PostgreSQL are numbered in a circle, so that only their age can be compared. */
const writtenOrders: { readonly [provider: string]: string } = {
  sqlite: "rowid",
  postgresql: "age(xmin) DESC,ctid",
};
