import { ChunkWriter } from "./chunk-writer.ts";
import { foreignNumbers, openDelegate, toNumbers } from "./client/adapt-delegate.ts";
import { ownTurn } from "../context/own-turn.ts";
import { ContextNeed } from "./context-need.ts";
import type { ClientTraits } from "./client/list-extensions.ts";
import {
  addTraits,
  checkNewRow,
  hasQueryExtension,
  plainTraits,
  primaryClient,
  seesStatement,
  statementExtensions,
} from "./client/list-extensions.ts";
import type { UsedDelegate } from "./client/used-operations.ts";
import { findDelegate, findModelNames, noSuchModel, relationField } from "./client/find-models.ts";
import { insertRows } from "./client/insert-rows.ts";
import { RawStatements } from "./client/raw-statements.ts";
import type {
  ModelDelegate,
  PrismaClientLike,
  PrismaInternals,
  PrismaPromise,
  Row,
} from "./client/prisma-client-like.ts";
import { isBusy, isLateTransaction } from "./prisma-errors.ts";
import type {
  AccountRow,
  AgentSessionRow,
  AttachmentRow,
  ChatRow,
  ChunkRow,
  MessageRow,
  NewChunk,
  RequestRow,
  StoredFileRow,
  ToolCallRow,
  UsageRow,
} from "./rows.ts";
import type { MissingFeature, SchemaFeature } from "./schema-features.ts";
import { logColumns, missingFeatures } from "./schema-features.ts";
import { checkMysql } from "./mysql/check-mysql.ts";
import { RowLocks } from "./mysql/row-locks.ts";
import { SqlDialect } from "./sql-dialect.ts";
import type { SqlText } from "./sql-text.ts";
import { runInTransaction } from "./client/run-in-transaction.ts";
import type { ModelNames, TableNames, TableRole } from "./client/table-names.ts";
import { namedRoles } from "./client/table-names.ts";
import type { WriteQueue } from "./write-queue.ts";
import { maxAttempts, retryDeadlocks, sqliteWriteQueue } from "./write-queue.ts";

/** The ledger of all calls, and what scopes use of their limits. */
interface Ledger {
  readonly usage: UsedDelegate<"usage", UsageRow>;
  readonly account: UsedDelegate<"account", AccountRow>;
}

type RecoveryListener = (message: MessageRow) => void;

const opened = new WeakMap<object, Map<string, Database>>();

/** A Prisma client with its models resolved, and what is known about their columns. */
export class Database {
  readonly chat: UsedDelegate<"chat", ChatRow>;
  readonly message: UsedDelegate<"message", MessageRow>;
  /** The logs of answers in progress; null when the schema lacks the feature `turns`. */
  readonly chunk: UsedDelegate<"chunk", ChunkRow> | null;
  /** Null when the schema lacks the feature `ledger`. */
  readonly ledger: Ledger | null;
  /** Null when the schema lacks the feature `attachments`. */
  readonly attachment: UsedDelegate<"attachment", AttachmentRow> | null;
  /** Null when the schema lacks the feature `storedFiles`. */
  readonly storedFile: UsedDelegate<"storedFile", StoredFileRow> | null;
  /** Appends to the logs of all answers that this process produces. */
  readonly chunkWriter: ChunkWriter;
  readonly sql: SqlDialect;
  /** Which of the client's own calls raw statements may replace. */
  readonly raw: RawStatements;
  /** The names of the models, as the schema spells them. */
  readonly names: ModelNames;
  /** The features that the schema lacks. */
  readonly missing: readonly MissingFeature[];
  /** Called with each message that this client has ended because the process that produced it was gone. */
  readonly onRecovered: RecoveryListener | null;
  /** Whether the client looks at the context of a query, as far as is known. Who finds out tells it. */
  readonly contextNeed: ContextNeed;
  readonly #client: PrismaInternals;
  readonly #toolCall: UsedDelegate<"toolCall", ToolCallRow> | null;
  readonly #request: UsedDelegate<"request", RequestRow> | null;
  readonly #agentSession: UsedDelegate<"agentSession", AgentSessionRow> | null;
  readonly #columns: { readonly [Role in TableRole]-?: ReadonlySet<string> | null };
  readonly #queue: WriteQueue | null;
  readonly #locks = new RowLocks<PrismaPromise<unknown>>();
  #traits = plainTraits;

  /**
   * Opens a Prisma client. The same client and names give the same `Database`, unless `onRecovered` is given.
   *
   * @throws ChatError `CONFIGURATION` when the client lacks the model of chats or messages, or one that was named.
   */
  static open(
    prisma: PrismaClientLike,
    tableNames: TableNames = {},
    onRecovered: RecoveryListener | null = null,
  ): Database {
    if (onRecovered !== null) return new Database(prisma, tableNames, onRecovered);
    const key = JSON.stringify(tableNames);
    const known = opened.get(prisma) ?? new Map<string, Database>();
    opened.set(prisma, known);
    const database = known.get(key) ?? new Database(prisma, tableNames, null);
    known.set(key, database);
    return database;
  }

  private constructor(
    prisma: PrismaClientLike,
    tableNames: TableNames,
    onRecovered: RecoveryListener | null,
  ) {
    this.onRecovered = onRecovered;
    // Generated types differ from project to project. What is used of them is checked below.
    this.#client = primaryClient(prisma as unknown as PrismaInternals);
    const names = findModelNames(this.#client, tableNames);
    this.names = names;
    this.sql = new SqlDialect(this.#client, names);
    this.raw = new RawStatements(this.#client, names);
    this.chat = this.#required<ChatRow>("chat");
    this.message = this.#required<MessageRow>("message");
    this.#toolCall = this.#find<ToolCallRow>("toolCall");
    this.#request = this.#find<RequestRow>("request");
    this.#agentSession = this.#find<AgentSessionRow>("agentSession");
    const chunk = this.#find<ChunkRow>("chunk");
    const usage = this.#find<UsageRow>("usage");
    const account = this.#find<AccountRow>("account");
    const attachment = this.#find<AttachmentRow>("attachment");
    const storedFile = this.#find<StoredFileRow>("storedFile");
    this.#columns = {
      chat: columnsOf(this.chat),
      message: columnsOf(this.message),
      toolCall: columnsOf(this.#toolCall),
      request: columnsOf(this.#request),
      chunk: columnsOf(chunk),
      usage: columnsOf(usage),
      usageDay: columnsOf(this.#find<Row>("usageDay")),
      account: columnsOf(account),
      agentSession: columnsOf(this.#agentSession),
      attachment: columnsOf(attachment),
      storedFile: columnsOf(storedFile),
    };
    for (const role of namedRoles) if (tableNames[role] !== undefined) this.requireModel(role);
    this.missing = missingFeatures(names, this.#columns);
    this.chunk = this.supports("turns") ? chunk : null;
    this.attachment = this.supports("attachments") ? attachment : null;
    this.storedFile = this.supports("storedFiles") ? storedFile : null;
    const hasLedger = this.supports("ledger") && usage !== null && account !== null;
    this.ledger = hasLedger ? { usage, account } : null;
    this.#queue = this.sql.provider === "sqlite" ? sqliteWriteQueue() : null;
    this.contextNeed = new ContextNeed(hasQueryExtension(this.#client));
    this.chunkWriter = new ChunkWriter(
      (chunks) => this.write(() => this.insertChunks(chunks)),
      this.contextNeed,
    );
  }

  /** Asks the client itself what its extensions do. See `readyDatabase`. */
  async inspect(ask: (client: PrismaInternals) => Promise<Partial<ClientTraits>>): Promise<void> {
    this.#traits = addTraits(this.#traits, await ask(this.#client));
  }

  /** @throws ChatError `CONFIGURATION` when a server of MySQL compares texts otherwise than this package needs. */
  async checkServer(): Promise<void> {
    if (this.sql.isMysql)
      await checkMysql((sql, values) => this.query(sql, values), this.sql.tableNames);
  }

  /** True when the log is written and read with the client's own calls, because an extension may change its texts. */
  get logsByCalls(): boolean {
    return seesStatement(this.#client, this.names.chunk, "createMany");
  }

  /** True when the database may join the texts of a log. */
  get canFold(): boolean {
    return this.sql.canFold && !this.logsByCalls;
  }

  /** True when what is stored need not be what was given. */
  get isExtended(): boolean {
    return statementExtensions(this.#client).length > 0;
  }

  /** What extensions of the client change. */
  get traits(): ClientTraits {
    return this.#traits;
  }

  /** The field of one model that leads to the rows of another; null when there is none. */
  relation(from: TableRole, to: TableRole): string | null {
    return relationField(this.#client, this.names[from], this.names[to]);
  }

  #required<Record extends object>(role: TableRole): ModelDelegate<Record> {
    return this.#present(role, this.#find<Record>(role));
  }

  #present<Delegate>(role: TableRole, delegate: Delegate | null): Delegate {
    if (delegate === null) throw noSuchModel(this.#client, role, this.names[role]);
    return delegate;
  }

  #find<Record extends object>(role: TableRole): ModelDelegate<Record> | null {
    const onUpdate = (query: PrismaPromise<unknown>, where: Row): void =>
      this.#locks.add(query, this.sql.rowLock(role, where));
    const read = <Result>(query: PrismaPromise<Result>): Promise<Result> => this.#read(query);
    return openDelegate(this.#client, this.names[role], read, this.sql.isMysql ? onUpdate : null);
  }

  /** Runs a read where it finds what was written last. */
  async #read<Result>(query: PrismaPromise<Result>): Promise<Result> {
    if (!this.#traits.readsElsewhere) return query;
    const [result] = await this.#client.$transaction<[Result]>([query]);
    return result;
  }

  /** @throws ChatError `CONFIGURATION` when the schema has no tool calls. */
  get toolCall(): UsedDelegate<"toolCall", ToolCallRow> {
    return this.#present("toolCall", this.#toolCall);
  }

  /** @throws ChatError `CONFIGURATION` when the schema has no requests. */
  get request(): UsedDelegate<"request", RequestRow> {
    return this.#present("request", this.#request);
  }

  /** @throws ChatError `CONFIGURATION` when the schema has no sessions of agents. */
  get agentSession(): UsedDelegate<"agentSession", AgentSessionRow> {
    return this.#present("agentSession", this.#agentSession);
  }

  /** True when the schema has all columns that a feature needs. */
  supports(feature: SchemaFeature): boolean {
    return !this.missing.some((missing) => missing.feature === feature);
  }

  /** True when the schema has the model. */
  hasModel(role: TableRole): boolean {
    return this.#columns[role] !== null;
  }

  /** @throws ChatError `CONFIGURATION` when the schema does not have the model. */
  requireModel(role: TableRole): void {
    if (!this.hasModel(role)) throw noSuchModel(this.#client, role, this.names[role]);
  }

  /** True when the model has the column. */
  has(role: TableRole, column: string): boolean {
    return this.#columns[role]?.has(column) ?? false;
  }

  /** The names of the model's columns. */
  columnNames(role: TableRole): readonly string[] {
    return [...(this.#columns[role] ?? [])];
  }

  /** The entries of `data` that are columns of the model and not undefined. */
  pick(role: TableRole, data: Row): Row {
    return Object.fromEntries(
      Object.entries(data).filter(
        ([column, value]) => value !== undefined && this.has(role, column),
      ),
    );
  }

  /** True when nothing may be read or written for several callers together, because the client looks at the context. */
  get isContextual(): boolean {
    return this.contextNeed.isKnown;
  }

  /**
   * Runs a write. On SQLite, writes of one process run one after the other. Prisma's better-sqlite3 adapter has one
   * connection, so a statement that ran during a transaction would join it and be lost if it rolled back. A second
   * client would block the process while it waited for the first one's lock, which could then never be released.
   *
   * @param task called again when the database has refused its statement because of a deadlock.
   */
  write<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#queue === null ? retryDeadlocks(task) : this.#queue.run(task);
  }

  /** Runs all of the queries in one transaction, or none of them. */
  batch(queries: readonly PrismaPromise<unknown>[]): Promise<readonly unknown[]> {
    const [only] = queries;
    if (only !== undefined && queries.length === 1 && !this.#locks.has(only))
      return this.write(async () => [await only]);
    return this.write(() => this.#transaction(queries));
  }

  /** Creates a chat, and runs the other queries in the same transaction. */
  async createChat(data: Row, others: readonly PrismaPromise<unknown>[] = []): Promise<ChatRow> {
    const [row] = await this.write(async (): Promise<readonly [ChatRow, ...unknown[]]> => {
      const creation = this.chat.create({ data });
      return others.length === 0 ? [await creation] : this.#transaction([creation, ...others]);
    });
    checkNewRow(this.#client, this.names.chat, row, this.#columns.chat);
    // The adapted delegate cannot convert it, because a batch takes nothing but the client's own promises.
    return toNumbers(row, foreignNumbers(this.#client._runtimeDataModel?.models[this.names.chat]));
  }

  /** As `batch`, for a caller who needs the result of the last query. */
  batchUntil<Result>(first: PrismaPromise<unknown>, last: PrismaPromise<Result>): Promise<Result> {
    return this.write(async () => (await this.#transaction<[unknown, Result]>([first, last]))[1]);
  }

  async #transaction<Results extends readonly unknown[]>(queries: {
    readonly [Index in keyof Results]: PrismaPromise<Results[Index]>;
  }): Promise<Results> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.#queue === null) await ownTurn();
        const { all, ownOf } = this.#locks.addTo(queries, (sql, values) =>
          this.queryInBatch(sql, values),
        );
        const results = await runInTransaction(this.#client, all, this.sql.transaction);
        // The results of the queries that were given, in their order.
        return ownOf(results) as unknown as Results;
      } catch (error) {
        // It was rolled back, so it is safe to try again, and an answer that cannot be settled would be lost.
        // `write` tries again after a deadlock.
        const isUndone = isLateTransaction(error) || (this.#queue !== null && isBusy(error));
        if (attempt === maxAttempts || !isUndone) throw error;
      }
    }
  }

  /** The statements that add new rows, for `batch`. */
  insert(role: TableRole, rows: readonly Row[]): readonly PrismaPromise<unknown>[] {
    const model = this.#present(role, findDelegate<Row>(this.#client, this.names[role]));
    return insertRows(this.#client, model, rows, this.sql.provider);
  }

  /** The statement that adds entries to the log of an answer, for `batch` or `write`. */
  insertChunks(chunks: readonly NewChunk[]): PrismaPromise<unknown> {
    if (this.logsByCalls && this.chunk !== null)
      return this.chunk.createMany({ data: chunks.map((chunk) => ({ ...chunk })) });
    const hasMore = chunks.some((chunk) => chunk.toolCallId !== null || chunk.timeoutMs !== null);
    const columns = hasMore ? [...logColumns.text, ...logColumns.rare] : logColumns.text;
    return this.statement(this.sql.insertChunks(columns, chunks));
  }

  /** Runs a raw query with bound values. */
  query(sql: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#read(this.queryInBatch(sql, values));
  }

  /** The same, to pass to `batch`. */
  queryInBatch(sql: string, values: readonly unknown[]): PrismaPromise<Row[]> {
    return this.#client.$queryRawUnsafe(sql, ...values);
  }

  /**
   * Reads the order in which rows were written.
   *
   * @param column the column that `values` belong to.
   * @returns the place of each row, by its id; null when the database does not remember it.
   */
  async readWrittenOrder(
    role: TableRole,
    column: string,
    values: readonly string[],
  ): Promise<ReadonlyMap<string, number> | null> {
    const sql = this.sql.writtenOrder(role, column, values.length);
    if (sql === null) return null;
    const rows = await this.query(sql, values);
    return new Map(rows.map((row, index) => [String(row["id"]), index]));
  }

  /** A raw statement with bound values, to pass to `batch` or `write`. */
  execute(sql: string, values: readonly unknown[]): PrismaPromise<number> {
    return this.#client.$executeRawUnsafe(sql, ...values);
  }

  /** A statement to pass to `batch` or `write`. */
  statement(text: SqlText): PrismaPromise<number> {
    const { text: statement, values } = this.sql.render(text);
    return this.execute(statement, values);
  }

  /** Runs a query. */
  select(text: SqlText): Promise<Row[]> {
    const { text: query, values } = this.sql.render(text);
    return this.query(query, values);
  }
}

function columnsOf(delegate: { readonly fields: object } | null): ReadonlySet<string> | null {
  return delegate === null ? null : new Set(Object.keys(delegate.fields));
}
