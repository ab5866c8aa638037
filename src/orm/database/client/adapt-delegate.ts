import { camelCase, findDelegate } from "./find-models.ts";
import type {
  ClientDelegate,
  ModelDelegate,
  PrismaInternals,
  PrismaPromise,
  Row,
  SchemaModel,
} from "./prisma-client-like.ts";

type Reader = <Result>(query: PrismaPromise<Result>) => Promise<Result>;

type UpdateListener = (query: PrismaPromise<unknown>, where: Row) => void;

/** What an app's client does otherwise than a plain one. */
interface Adaptation {
  /** Columns that it leaves out of what it reads. */
  readonly omitted: readonly string[];
  /** Columns with numbers that it reads as objects or as `bigint`. */
  readonly numbers: readonly string[];
  /** Runs a read. */
  readonly read: Reader;
  /** Gets each update, with its conditions; null when nobody wants to know. */
  readonly onUpdate: UpdateListener | null;
}

/** The columns that this package reads as numbers, whose type may be another one in an app's schema. */
const numericColumns: readonly string[] = [
  "cost",
  "inputTokens",
  "outputTokens",
  "cachedTokens",
  "thinkingTokens",
  "temperature",
  "position",
  "lastPosition",
  "step",
  "seq",
  "at",
  "timeoutMs",
  "statusCode",
  "duration",
];

/** Those columns of a model that Prisma does not read as numbers. */
export function foreignNumbers(model: SchemaModel | undefined): readonly string[] {
  return (model?.fields ?? [])
    .filter(({ name, type }) => numericColumns.includes(name) && /^(Decimal|BigInt)$/.test(type))
    .map(({ name }) => name);
}

/** The row with those columns as numbers. It is changed itself. */
export function toNumbers<Result extends object>(row: Result, columns: readonly string[]): Result {
  for (const column of columns) {
    const value: unknown = Reflect.get(row, column);
    if (value != null && typeof value !== "number") Reflect.set(row, column, Number(value));
  }
  return row;
}

/**
 * Finds the model's part of a client, adapted to what the app's client does otherwise than a plain one.
 *
 * @param read runs a read.
 * @param onUpdate gets each update, with its conditions.
 * @returns null when the client has no such model.
 */
export function openDelegate<Record extends object>(
  client: PrismaInternals,
  name: string,
  read: Reader,
  onUpdate: UpdateListener | null,
): ModelDelegate<Record> | null {
  const delegate = findDelegate<Record>(client, name);
  if (delegate === null) return null;
  const omitted = Object.entries(client._globalOmit?.[camelCase(name)] ?? {})
    .filter(([, isOmitted]) => isOmitted)
    .map(([column]) => column);
  const numbers = foreignNumbers(client._runtimeDataModel?.models[name]);
  const isPlain = client._extensions?.head === undefined && onUpdate === null;
  if (isPlain && omitted.length + numbers.length === 0) return delegate;
  return adaptDelegate(delegate, { omitted, numbers, read, onUpdate });
}

/** The model's part of a client, which reads all columns, numbers as numbers, and what was written last. */
function adaptDelegate<Record extends object>(
  delegate: ClientDelegate<Record>,
  { omitted, numbers, read, onUpdate }: Adaptation,
): ModelDelegate<Record> {
  const omit = Object.fromEntries(omitted.map((column) => [column, false]));
  const all = <Args extends object>(args: Args): Args =>
    omitted.length === 0 || "select" in args ? args : { ...args, omit };
  const plain = <Result extends object>(row: Result): Result => toNumbers(row, numbers);
  return {
    fields: delegate.fields,
    findFirst: async (args) => {
      const row = await read(delegate.findFirst(all(args)));
      return row === null ? null : plain(row);
    },
    findMany: async (args) => (await read(delegate.findMany(all(args)))).map(plain),
    groupBy: (args) => read(delegate.groupBy(args)),
    aggregate: async (args) => {
      const { _sum: sum } = await read(delegate.aggregate(args));
      return { _sum: plain(sum) };
    },
    create: (args) => delegate.create(all(args)),
    createMany: (args) => delegate.createMany(args),
    update: (args) => {
      const query = delegate.update(args);
      onUpdate?.(query, args.where);
      return query;
    },
    updateMany: (args) => delegate.updateMany(args),
    deleteMany: (args) => delegate.deleteMany(args),
  };
}
