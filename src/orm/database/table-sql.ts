import type { PrismaInternals, Row } from "./client/prisma-client-like.ts";
import { writtenModel } from "./client/written-model.ts";

/** The physical names of a Prisma model, quoted. */
export class TableSql {
  /** The table, qualified with its schema unless that is the default one. */
  readonly name: string;
  /** The table's own name, without quotes. */
  readonly plainName: string;
  readonly #quote: string;
  readonly #columns: ReadonlyMap<string, string>;
  readonly #quotedColumns: ReadonlyMap<string, string>;

  constructor(client: PrismaInternals, model: string, quote: string) {
    const data = client._runtimeDataModel?.models[model];
    const config = client._engineConfig;
    const schema = data?.schema ?? writtenSchema(client, model) ?? config?.adapter?.options?.schema;
    this.#quote = quote;
    this.plainName = data?.dbName ?? model;
    const table = this.#quoted(this.plainName);
    this.name = schema == null ? table : `${this.#quoted(schema)}.${table}`;
    this.#columns = new Map(data?.fields.map((field) => [field.name, field.dbName ?? field.name]));
    this.#quotedColumns = new Map(
      [...this.#columns].map(([name, column]) => [name, this.#quoted(column)]),
    );
  }

  /** The column of a field. */
  column(name: string): string {
    return this.#quotedColumns.get(name) ?? this.#quoted(name);
  }

  /** The column's own name, without quotes. */
  plainColumn(name: string): string {
    return this.#columns.get(name) ?? name;
  }

  /** The columns of fields, with commas between them. */
  list(names: readonly string[]): string {
    return names.map((name) => this.column(name)).join();
  }

  #quoted(name: string): string {
    return this.#quote + name.replaceAll(this.#quote, this.#quote + this.#quote) + this.#quote;
  }
}

/** The database schema of a model, from the text of the Prisma schema: Prisma 6 has it nowhere else. */
function writtenSchema(client: PrismaInternals, model: string): string | undefined {
  const text = writtenModel(client, model).join("\n");
  return /^\s*@@schema\("([^"]*)"\)/m.exec(text)?.[1];
}

/**
 * The conditions that limit a query to a scope.
 *
 * @param scope columns that the chat rows must have.
 * @param alias the alias of the chat's table in the query.
 * @param bind adds a bound value and returns its placeholder.
 */
export function scopeConditions(
  scope: Row,
  chat: TableSql,
  alias: string,
  bind: (value: unknown) => string,
): string[] {
  return Object.entries(scope).map(([name, value]) => {
    return `${alias}.${chat.column(name)}=${bind(value)}`;
  });
}
