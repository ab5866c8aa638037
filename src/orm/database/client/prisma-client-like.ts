/**
 * A generated `PrismaClient`. Only the methods that identify it are required here: model delegates have other names and
 * types in each project, so they are looked up (see `tableNames`) and checked when the client is opened.
 */
export interface PrismaClientLike {
  /** Connects to the database. */
  $connect(): Promise<void>;
  /** Closes the connections to the database. */
  $disconnect(): Promise<void>;
}

/** A query that runs when it is awaited, or as a part of a batch transaction. */
export interface PrismaPromise<Result> extends Promise<Result> {
  readonly [Symbol.toStringTag]: "PrismaPromise";
  /** Runs the query as a part of a transaction, which the client identifies. */
  readonly requestTransaction?: (transaction: unknown) => Promise<Result>;
}

/** The client inside an interactive transaction. */
export interface PrismaTransaction {
  _createPrismaPromise<Result>(
    run: (transaction: unknown) => Promise<Result>,
  ): PrismaPromise<Result>;
}

/** The column values of one row. */
export type Row = Record<string, unknown>;

interface FindArgs {
  where?: Row;
  orderBy?: unknown;
  take?: number;
  skip?: number;
  select?: Record<string, true>;
}

/** The methods of a Prisma model delegate that this package uses. Reads are not part of a batch. */
export interface ModelDelegate<Record extends object> {
  readonly fields: { readonly [column: string]: unknown };
  findFirst(args: FindArgs): Promise<Record | null>;
  findMany(args: FindArgs): Promise<Record[]>;
  groupBy(args: { by: readonly (keyof Record)[]; where: Row }): Promise<Record[]>;
  aggregate(args: { where: Row; _sum: Row }): Promise<Sums>;
  /** Its row has what the client returns, whatever the types of its columns: see `Database.createChat`. */
  create(args: { data: Row; select?: { [column: string]: true } }): PrismaPromise<Record>;
  createMany(args: { data: readonly Row[] }): PrismaPromise<{ count: number }>;
  /** Rejects with P2025 when there is no such row. */
  update(args: {
    where: Row;
    data: Row;
    select: { [column: string]: true };
  }): PrismaPromise<Partial<Record>>;
  updateMany(args: { where: Row; data: Row }): PrismaPromise<{ count: number }>;
  deleteMany(args: { where: Row }): PrismaPromise<{ count: number }>;
}

/** The same methods as the client has them. */
export interface ClientDelegate<Record extends object> extends ModelDelegate<Record> {
  findFirst(args: FindArgs): PrismaPromise<Record | null>;
  findMany(args: FindArgs): PrismaPromise<Record[]>;
  groupBy(args: { by: readonly (keyof Record)[]; where: Row }): PrismaPromise<Record[]>;
  aggregate(args: { where: Row; _sum: Row }): PrismaPromise<Sums>;
}

interface Sums {
  readonly _sum: { [column: string]: number | null };
}

/** A model of the schema, with its names in the database. */
export interface SchemaModel {
  readonly dbName?: string | null;
  readonly schema?: string | null;
  readonly fields: readonly {
    readonly name: string;
    /** `object` for a relation. */
    readonly kind: string;
    /** The type of a column, or the model that a relation leads to. */
    readonly type: string;
    readonly dbName?: string | null;
  }[];
}

/** Prisma's options of a transaction. */
export interface TransactionOptions {
  readonly isolationLevel?: "ReadCommitted";
}

/** The members of a generated client that this package uses by name. */
export interface PrismaInternals extends Partial<PrismaTransaction> {
  $transaction<Results extends readonly unknown[]>(
    queries: { [Index in keyof Results]: PrismaPromise<Results[Index]> },
    options?: TransactionOptions,
  ): Promise<Results>;
  $transaction<Result>(
    run: (transaction: PrismaTransaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  $queryRawUnsafe(sql: string, ...values: unknown[]): PrismaPromise<Row[]>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PrismaPromise<number>;
  /** Which every generated client has had since Prisma 4. */
  readonly _runtimeDataModel?: {
    readonly models: { readonly [model: string]: SchemaModel };
  };
  readonly _activeProvider?: string;
  /** The version of Prisma that has generated the client. */
  readonly _clientVersion?: string;
  /** The columns that the client's option `omit` leaves out, by model in camel case. */
  readonly _globalOmit?: { readonly [model: string]: { readonly [column: string]: boolean } };
  $extends(extension: ProbeExtension): PrismaInternals;
  /** A method of `@prisma/extension-read-replicas`. */
  $primary?: () => PrismaInternals;
  /** The extensions of the client, the last one first. */
  readonly _extensions?: { readonly head?: ExtensionNode | undefined };
  /** The text of the Prisma schema, and the database schema that the driver adapter was given instead of the default. */
  readonly _engineConfig?: {
    readonly inlineSchema?: string | undefined;
    readonly adapter?:
      | {
          readonly adapterName?: string;
          readonly options?: { readonly schema?: string } | undefined;
        }
      | undefined;
    /** The compiler of queries that the client has loaded; undefined when a server or a native engine compiles them. */
    readonly compilerWasm?: unknown;
  };
}

/** An extension of a client, and the one before it. */
export interface ExtensionNode {
  readonly extension: {
    readonly name?: string | undefined;
    readonly query?: unknown;
    readonly model?: unknown;
    readonly result?: unknown;
    readonly client?: object | undefined;
  };
  readonly previous?: ExtensionNode | undefined;
}

/** An extension that catches statements. */
interface ProbeExtension {
  readonly name: string;
  readonly query: {
    readonly $allModels: { readonly $allOperations: StatementListener };
    readonly $queryRawUnsafe: StatementListener;
    readonly $executeRawUnsafe: StatementListener;
  };
}

type StatementListener = (statement: {
  /** Undefined for a raw statement. */
  readonly model?: string | undefined;
  readonly operation: string;
  readonly args: unknown;
  readonly query: (args: unknown) => Promise<unknown>;
  readonly __internalParams?: { readonly transaction?: { readonly id: unknown } | undefined };
}) => Promise<unknown>;
