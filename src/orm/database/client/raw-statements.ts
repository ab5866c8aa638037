import type { PrismaInternals } from "./prisma-client-like.ts";
import { compilesOnce } from "./run-in-transaction.ts";
import type { ModelNames, TableRole } from "./table-names.ts";

/** The types of columns whose values Prisma passes on as they are. */
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
  allow(operation: "read" | "insert" | "update", role: TableRole, columns: readonly string[]) {
    const isKnown = ["sqlite", "postgresql"].includes(this.#client._activeProvider ?? "");
    if (!isKnown || !compilesOnce(this.#client)) return false;
    const known = this.#columnsOf(role);
    if (operation === "read") return known.canRead(columns);
    return operation === "insert" ? known.canInsert(columns) : known.canUpdate(columns);
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
 * What Prisma does with the columns of a model, and a raw statement does not: it fills some in rows that it writes, and
 * stores the values of some in another form.
 */
class RawColumns {
  /** The types of the columns that can be read. */
  readonly #types: ReadonlyMap<string, string>;
  /** The columns that are filled in new rows; null when the schema does not tell. */
  readonly #filled: readonly string[] | null;
  /** The columns that are filled in changed rows. */
  readonly #touched: readonly string[];

  constructor(client: PrismaInternals, model: string) {
    const fields = client._runtimeDataModel?.models[model]?.fields ?? [];
    this.#types = new Map(
      fields
        .filter(({ type }) => [...plainTypes, "Json"].includes(type))
        .map(({ name, type }) => [name, type]),
    );
    const lines = modelLines(client._engineConfig?.inlineSchema, model);
    this.#filled = lines && namesOf(lines, /^\s*(\w+)\s.*@(?:default|updatedAt)\b/);
    this.#touched = namesOf(lines ?? [], /^\s*(\w+)\s.*@updatedAt\b/);
  }

  canRead(columns: readonly string[]): boolean {
    return columns.every((name) => this.#types.has(name));
  }

  canInsert(columns: readonly string[]): boolean {
    return this.#canWrite(columns) && (this.#filled ?? []).every((name) => columns.includes(name));
  }

  canUpdate(columns: readonly string[]): boolean {
    return this.#canWrite(columns) && this.#touched.every((name) => columns.includes(name));
  }

  #canWrite(columns: readonly string[]): boolean {
    const isPlain = this.canRead(columns) && !columns.some((name) => this.isJson(name));
    return isPlain && this.#filled !== null;
  }

  isJson(column: string): boolean {
    return this.#types.get(column) === "Json";
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

/** The lines of a model in the text of the Prisma schema, without comments; null when it is not there. */
function modelLines(text: string | undefined, model: string): readonly string[] | null {
  const block = new RegExp(`^\\s*model\\s+${model}\\s*\\{([^]*?)^\\s*\\}`, "m").exec(text ?? "");
  return block?.[1]?.split("\n").map((line) => line.replace(/\/\/.*/, "")) ?? null;
}

function namesOf(lines: readonly string[], pattern: RegExp): readonly string[] {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}
