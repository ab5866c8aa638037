import { ChatError } from "../../chat/chat-error.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import type {
  ModelDelegate,
  PrismaClientLike,
  PrismaInternals,
  PrismaPromise,
  Row,
} from "./prisma-client-like.ts";
import { isBusy, isDeadlock, isLateTransaction } from "./prisma-errors.ts";
import type { ChatRow, ChunkRow, MessageRow, NewChunk, RequestRow, ToolCallRow } from "./rows.ts";
import { SqlDialect } from "./sql-dialect.ts";
import type { ModelNames, TableNames, TableRole } from "./table-names.ts";
import { modelNames } from "./table-names.ts";

/** The columns of the log that almost all of its entries need, and those that few need: fewer values are faster. */
const textColumns = ["messageId", "seq", "kind", "text", "at"] as const;
const rareColumns = ["toolCallId", "timeoutMs"] as const;

/**
 * The additions to the specification's columns that make turns exclusive, ordered and crash-safe. `LlmChat.temperature`,
 * `finishReason` and `cachedTokens` are not among them because everything works without those columns.
 */
const additions: readonly (readonly [role: TableRole, columns: readonly string[]])[] = [
  ["chat", ["title", "userId", "lastPosition"]],
  [
    "message",
    [
      "parentId",
      "position",
      "active",
      "status",
      "turnLock",
      "parts",
      "cost",
      "errorCode",
      "stopRequestedAt",
      "finishedAt",
    ],
  ],
  ["toolCall", ["position", "step", "status", "finishedAt"]],
  ["request", ["errorCode"]],
  ["chunk", [...textColumns, ...rareColumns]],
];

interface Models {
  readonly chat: ModelDelegate<ChatRow>;
  readonly message: ModelDelegate<MessageRow>;
  readonly toolCall: ModelDelegate<ToolCallRow>;
  readonly request: ModelDelegate<RequestRow>;
}

type RecoveryListener = (message: MessageRow) => void;

const opened = new WeakMap<object, Map<string, Database>>();

/**
 * How often a transaction is attempted that was rolled back for no fault of its own: it did not begin or end in time
 * (Prisma's `maxWait` of 2 s and `timeout` of 5 s), it was the victim of a deadlock, or SQLite was busy. SQLite also
 * refuses the first write of a transaction when a read came before it on the same connection and another process has
 * written since.
 */
const maxAttempts = 4;

/** A Prisma client with its models resolved, and what is known about their columns. */
export class Database {
  readonly chat: ModelDelegate<ChatRow>;
  readonly message: ModelDelegate<MessageRow>;
  readonly toolCall: ModelDelegate<ToolCallRow>;
  readonly request: ModelDelegate<RequestRow>;
  /** The logs of answers in progress; null for a schema without this package's additions. */
  readonly chunk: ModelDelegate<ChunkRow> | null;
  /** Appends to the logs of all answers that this process produces. */
  readonly chunkWriter: ChunkWriter;
  readonly sql: SqlDialect;
  /** This package's additions that the schema lacks, as `Model.column` or `Model`. */
  readonly missing: readonly string[];
  /** Called with each message that this client has ended because the process that produced it was gone. */
  readonly onRecovered: RecoveryListener | null;
  readonly #client: PrismaInternals;
  readonly #columns: { readonly [Role in TableRole]: ReadonlySet<string> };
  readonly #queue: WriteQueue | null;

  /**
   * Opens a Prisma client. The same client and names give the same `Database`, unless `onRecovered` is given.
   *
   * @throws ChatError `CONFIGURATION` when the client lacks one of the models.
   */
  static open(
    prisma: PrismaClientLike,
    tableNames: TableNames = {},
    onRecovered: RecoveryListener | null = null,
  ): Database {
    const names = modelNames(tableNames);
    const needsChunk = tableNames.chunk !== undefined;
    if (onRecovered !== null) return new Database(prisma, names, needsChunk, onRecovered);
    const key = JSON.stringify(names);
    const known = opened.get(prisma) ?? new Map<string, Database>();
    opened.set(prisma, known);
    const database = known.get(key) ?? new Database(prisma, names, needsChunk, null);
    known.set(key, database);
    return database;
  }

  private constructor(
    prisma: PrismaClientLike,
    given: ModelNames,
    needsChunk: boolean,
    onRecovered: RecoveryListener | null,
  ) {
    this.onRecovered = onRecovered;
    // Generated types differ from project to project. What is used of them is checked below.
    this.#client = prisma as unknown as PrismaInternals;
    const names = spelledNames(this.#client, given);
    const models = findModels(this.#client, names);
    this.chat = models.chat;
    this.message = models.message;
    this.toolCall = models.toolCall;
    this.request = models.request;
    const chunk = needsChunk
      ? requireDelegate<ChunkRow>(this.#client, "chunk", names.chunk)
      : findDelegate<ChunkRow>(this.#client, names.chunk);
    this.#columns = {
      chat: columnsOf(models.chat),
      message: columnsOf(models.message),
      toolCall: columnsOf(models.toolCall),
      request: columnsOf(models.request),
      chunk: chunk === null ? new Set() : columnsOf(chunk),
    };
    this.missing = this.#findMissing(names, chunk !== null);
    this.chunk = this.missing.length === 0 ? chunk : null;
    this.sql = new SqlDialect(this.#client, names);
    this.#queue = this.sql.provider === "sqlite" ? sqliteWriteQueue() : null;
    this.chunkWriter = new ChunkWriter((chunks) => this.write(() => this.insertChunks(chunks)));
  }

  /** True when the schema has all additions: turns are exclusive and crash-safe, and chats have branches. */
  get isExtended(): boolean {
    return this.missing.length === 0;
  }

  /** True when the model has the column. */
  has(role: TableRole, column: string): boolean {
    return this.#columns[role].has(column);
  }

  /** The entries of `data` that are columns of the model and not undefined. */
  pick(role: TableRole, data: Row): Row {
    return Object.fromEntries(
      Object.entries(data).filter(
        ([column, value]) => value !== undefined && this.has(role, column),
      ),
    );
  }

  /**
   * Runs a write. On SQLite, writes of one process run one after the other. Prisma's better-sqlite3 adapter has one
   * connection, so a statement that ran during a transaction would join it and be lost if it rolled back. A second
   * client would block the process while it waited for the first one's lock, which could then never be released.
   */
  write<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#queue === null ? task() : this.#queue.run(task);
  }

  /** Runs all of the queries in one transaction, or none of them. */
  batch(queries: readonly PrismaPromise<unknown>[]): Promise<readonly unknown[]> {
    const [only] = queries;
    if (only !== undefined && queries.length === 1) return this.write(async () => [await only]);
    return this.write(() => this.#transaction(queries));
  }

  async #transaction(queries: readonly PrismaPromise<unknown>[]): Promise<readonly unknown[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#client.$transaction([...queries]);
      } catch (error) {
        // It was rolled back, so it is safe to try again, and an answer that cannot be settled would be lost.
        const isRefused = isLateTransaction(error) || isDeadlock(error);
        const isUndone = isRefused || (this.#queue !== null && isBusy(error));
        if (attempt === maxAttempts || !isUndone) throw error;
      }
    }
  }

  /** The statement that adds entries to the log of an answer, for `batch` or `write`. */
  insertChunks(chunks: readonly NewChunk[]): PrismaPromise<number> {
    const hasMore = chunks.some((chunk) => chunk.toolCallId !== null || chunk.timeoutMs !== null);
    const columns = hasMore ? [...textColumns, ...rareColumns] : textColumns;
    const values = chunks.flatMap((chunk) => columns.map((column) => chunk[column]));
    return this.execute(this.sql.insertChunks(columns, chunks.length), values);
  }

  /** Runs a raw query with bound values. */
  query(sql: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#client.$queryRawUnsafe(sql, ...values);
  }

  /** A raw statement with bound values, to pass to `batch` or `write`. */
  execute(sql: string, values: readonly unknown[]): PrismaPromise<number> {
    return this.#client.$executeRawUnsafe(sql, ...values);
  }

  #findMissing(names: ModelNames, hasChunks: boolean): string[] {
    const missing: string[] = hasChunks ? [] : [names.chunk];
    for (const [role, columns] of additions) {
      if (role === "chunk" && !hasChunks) continue;
      for (const column of columns) {
        if (!this.has(role, column)) missing.push(`${names[role]}.${column}`);
      }
    }
    return missing;
  }
}

function columnsOf(delegate: { readonly fields: object }): ReadonlySet<string> {
  return new Set(Object.keys(delegate.fields));
}

function findModels(client: PrismaInternals, names: ModelNames): Models {
  return {
    chat: requireDelegate<ChatRow>(client, "chat", names.chat),
    message: requireDelegate<MessageRow>(client, "message", names.message),
    toolCall: requireDelegate<ToolCallRow>(client, "toolCall", names.toolCall),
    request: requireDelegate<RequestRow>(client, "request", names.request),
  };
}

function requireDelegate<Record extends object>(
  client: PrismaInternals,
  role: TableRole,
  name: string,
): ModelDelegate<Record> {
  const delegate = findDelegate<Record>(client, name);
  if (delegate !== null) return delegate;
  const models = Object.keys(client._runtimeDataModel?.models ?? {});
  const known = models.length === 0 ? "It has no models." : `It has: ${models.join(", ")}.`;
  throw new ChatError(
    "CONFIGURATION",
    `The Prisma client has no model "${name}" (tableNames.${role}). ${known} ` +
      "Add the model to your schema (`npx node-llm-trpc init`) and run `npx prisma generate`, or set tableNames.",
  );
}

function findDelegate<Record extends object>(
  client: PrismaInternals,
  name: string,
): ModelDelegate<Record> | null {
  // A generated client has a delegate for each model, under the model's name in camel case.
  const delegate = (client as unknown as { [property: string]: unknown })[camelCase(name)];
  if (typeof delegate !== "object" || delegate === null || !("fields" in delegate)) return null;
  return delegate as ModelDelegate<Record>;
}

/** The names as the schema spells them: `assistantChat`, as the client spells it, becomes `AssistantChat`. */
function spelledNames(client: PrismaInternals, names: ModelNames): ModelNames {
  const models = Object.keys(client._runtimeDataModel?.models ?? {});
  const spelled = (name: string): string =>
    models.find((model) => camelCase(model) === camelCase(name)) ?? name;
  return {
    chat: spelled(names.chat),
    message: spelled(names.message),
    toolCall: spelled(names.toolCall),
    request: spelled(names.request),
    chunk: spelled(names.chunk),
  };
}

function camelCase(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/** Runs tasks one after the other. The next one also runs when a task fails. */
class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

const queueKey = Symbol.for("node-llm-trpc.sqlite-writes");

/**
 * The queue that all SQLite clients of this process share. The driver blocks the process while it waits for a lock, so a
 * lock held by another client of the same process would never be released.
 */
function sqliteWriteQueue(): WriteQueue {
  // Kept on the global object because a bundler may load this module twice.
  const shared = globalThis as { [queueKey]?: WriteQueue };
  shared[queueKey] ??= new WriteQueue();
  return shared[queueKey];
}
