/** A value that the driver gets beside the statement. */
class Bound {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

type Part = SqlText | Bound;

/** A statement with the values of its placeholders. */
export interface RenderedSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A piece of SQL with its bound values, made with the tag `sql`. Nothing is copied before the statement is rendered. */
export class SqlText {
  readonly #texts: readonly string[];
  readonly #parts: readonly Part[];

  /**
   * @param texts the texts around the parts: one more than there are parts.
   */
  constructor(texts: readonly string[], parts: readonly Part[]) {
    this.#texts = texts;
    this.#parts = parts;
  }

  /** The statement, with a placeholder for each value. They are counted from 1. */
  render(placeholder: (index: number) => string): RenderedSql {
    const values: unknown[] = [];
    return { text: this.#write("", values, placeholder), values };
  }

  /** Appends the piece to a text, and its values to those of the text. */
  #write(before: string, values: unknown[], placeholder: (index: number) => string): string {
    let text = before + (this.#texts[0] ?? "");
    let index = 0;
    for (const part of this.#parts) {
      text =
        part instanceof SqlText
          ? part.#write(text, values, placeholder)
          : text + placeholder(values.push(part.value));
      text += this.#texts[++index] ?? "";
    }
    return text;
  }
}

/**
 * Makes a piece of SQL. Texts, dates and bigints become bound values, in the order in which they stand; other pieces
 * become parts of the text. Numbers do as well, because PostgreSQL takes a placeholder without a context for text.
 *
 * @throws RangeError for a number that is not finite.
 *
 * @example
 * ```ts
 * const isAnna = sql`${raw(column)}=${"Anna"}`;
 * const statement = sql`UPDATE ${raw(table)} SET n=n+${1} WHERE ${isAnna}`;
 * ```
 */
export function sql(
  texts: TemplateStringsArray,
  ...parts: readonly (SqlText | string | number | bigint | Date)[]
): SqlText {
  return new SqlText(texts, parts.map(partOf));
}

function partOf(part: SqlText | string | number | bigint | Date): Part {
  if (part instanceof SqlText) return part;
  return typeof part === "number" ? raw(literal(part)) : new Bound(part);
}

/** SQL without values, such as the name of a column. Never pass it what a user wrote. */
export function raw(text: string): SqlText {
  return new SqlText([text], []);
}

/** A bound value. */
export function bound(value: unknown): SqlText {
  return new SqlText(["", ""], [new Bound(value)]);
}

/** Joins pieces with a text between them. */
export function join(pieces: readonly SqlText[], separator: string): SqlText {
  const between = pieces.slice(1).map(() => separator);
  return new SqlText(["", ...between, ""], pieces);
}

function literal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written in SQL.`);
  // Two minus signs begin a comment.
  return value < 0 ? `(${value})` : String(value);
}
