import type { PrismaInternals, Row } from "./prisma-client-like.ts";
import { compilesOnce } from "./run-in-transaction.ts";
import type { ModelNames, TableRole } from "./table-names.ts";
import { writtenModel } from "./written-model.ts";

type RawOperation = "read" | "insert" | "update";

/** The types of columns that a raw statement stores as Prisma does. */
const plainTypes = ["String", "Int", "BigInt", "Float", "Decimal", "Boolean", "DateTime"];

/** Which rows of SQLite and PostgreSQL raw statements may read and write instead of the client's own calls. */
export class RawStatements {
  readonly #client: PrismaInternals;
  readonly #names: ModelNames;
  readonly #columns = new Map<TableRole, RawColumns>();

  constructor(client: PrismaInternals, names: ModelNames) {
    this.#client = client;
    this.#names = names;
  }

  /**
   * True when a raw statement of exactly these columns would read or store the same as the client's own call, and no
   * extension would see that.
   */
  allow(operation: RawOperation, role: TableRole, columns: readonly string[]): boolean {
    const isKnown = ["sqlite", "postgresql"].includes(this.#client._activeProvider ?? "");
    if (!isKnown || !compilesOnce(this.#client)) return false;
    const known = this.#columnsOf(role);
    if (operation === "read") return known.canRead(columns);
    return operation === "insert" ? known.canInsert(columns) : known.canUpdate(columns);
  }

  /** True when a raw statement would find the same rows as the client's own call. */
  finds(role: TableRole, where: Row): boolean {
    if (!this.allow("read", role, Object.keys(where))) return false;
    // What a date is equal to depends on the zone of its column.
    return Object.entries(where).every(
      ([name, value]) => !(value instanceof Date) && this.fits(role, name, value),
    );
  }

  /** True when the client's own call would take the value for the column. */
  fits(role: TableRole, column: string, value: unknown): boolean {
    return this.#columnsOf(role).fits(column, value);
  }

  /** What a raw statement selects for `value`, from the column as it writes it. */
  expression(role: TableRole, column: string, written: string): string {
    return this.#columnsOf(role).isJson(column) ? `CAST(${written} AS TEXT)` : written;
  }

  /** The value of a column, as the client's own calls read it. */
  value(role: TableRole, column: string, stored: unknown): unknown {
    return this.#columnsOf(role).value(column, stored);
  }

  #columnsOf(role: TableRole): RawColumns {
    const known = this.#columns.get(role) ?? new RawColumns(this.#client, this.#names[role]);
    this.#columns.set(role, known);
    return known;
  }
}

/**
 * What Prisma does with the columns of a model, and a raw statement does not: it fills some in rows that it writes,
 * refuses rows without others, and stores the values of some in another form.
 */
class RawColumns {
  /** The types of the columns that can be read. */
  readonly #types: ReadonlyMap<string, string>;
  /** The columns as the schema's text has them; null when it does not have all of them. */
  readonly #written: readonly WrittenColumn[] | null;

  constructor(client: PrismaInternals, model: string) {
    const fields = client._runtimeDataModel?.models[model]?.fields ?? [];
    const columns = fields.filter(({ kind }) => kind !== "object");
    this.#types = new Map(
      columns
        .filter(({ type }) => [...plainTypes, "Json"].includes(type))
        .map(({ name, type }) => [name, type]),
    );
    const written = writtenColumns(writtenModel(client, model));
    const own = columns.flatMap(({ name }) => written.get(name) ?? []);
    this.#written = own.length === columns.length ? own : null;
  }

  canRead(columns: readonly string[]): boolean {
    return columns.every((name) => this.#types.has(name));
  }

  canInsert(columns: readonly string[]): boolean {
    return this.#canWrite(columns, (column) => column.isRequired || column.hasDefault);
  }

  canUpdate(columns: readonly string[]): boolean {
    return this.#canWrite(columns, (column) => column.isTouched);
  }

  /** @param isNeeded whether Prisma would not leave a column alone. */
  #canWrite(columns: readonly string[], isNeeded: (column: WrittenColumn) => boolean): boolean {
    if (this.#written === null || !this.canRead(columns)) return false;
    return this.#written.every((column) =>
      columns.includes(column.name)
        ? !column.isList && !column.isZoned && !this.isJson(column.name)
        : !isNeeded(column),
    );
  }

  isJson(column: string): boolean {
    return this.#types.get(column) === "Json";
  }

  fits(column: string, value: unknown): boolean {
    const type = this.#types.get(column);
    if (type === "BigInt" && typeof value === "bigint") return true;
    if (type === "Int" || type === "BigInt") return Number.isSafeInteger(value);
    if (type === "Float") return Number.isFinite(value);
    if (type === "DateTime") return value instanceof Date && !Number.isNaN(value.getTime());
    return typeof value === "boolean"
      ? type === "Boolean"
      : typeof value === "string" && type === "String";
  }

  value(column: string, stored: unknown): unknown {
    if (stored === null || stored === undefined) return null;
    const type = this.#types.get(column);
    if (type === "DateTime")
      return new Date(
        typeof stored === "string" || stored instanceof Date ? stored : Number(stored),
      );
    if (type === "Boolean") return Boolean(stored);
    if (type === "Json") return JSON.parse(String(stored));
    return type === "String" ? stored : Number(stored);
  }
}

interface WrittenColumn {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isList: boolean;
  readonly hasDefault: boolean;
  /** Whether each update of the row sets it. */
  readonly isTouched: boolean;
  /** Whether what is stored depends on how the driver adapter writes a date: not only its digits in UTC count. */
  readonly isZoned: boolean;
}

/** The columns of a model, by the lines of the Prisma schema. What stands in a comment counts as well. */
function writtenColumns(lines: readonly string[]): ReadonlyMap<string, WrittenColumn> {
  const columns = lines.flatMap((line): WrittenColumn[] => {
    const [, name, modifier, attributes = ""] = /^\s*(\w+)\s+\w+(\?|\[\])?(.*)/.exec(line) ?? [];
    if (name === undefined) return [];
    const isTouched = /@updatedAt\b/.test(attributes);
    return [
      {
        name,
        isRequired: modifier === undefined,
        isList: modifier === "[]",
        hasDefault: isTouched || /@default\b/.test(attributes),
        isTouched,
        isZoned: /@\w+\.(?:Timestamptz|Timetz|Time|Date)\b/.test(attributes),
      },
    ];
  });
  return new Map(columns.map((column) => [column.name, column]));
}
