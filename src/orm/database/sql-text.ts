/** A piece of SQL with its bound values, made with the tag `sql`. */
export class SqlText {
  /** The texts between the values: one more than there are values. */
  readonly texts: readonly string[];
  readonly values: readonly unknown[];

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts;
    this.values = values;
  }

  /** The statement, with a placeholder for each value. */
  render(placeholder: (index: number) => string): string {
    return this.texts.reduce((text, next, index) => text + placeholder(index) + next);
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
  strings: TemplateStringsArray,
  ...parts: readonly (SqlText | string | number | bigint | Date)[]
): SqlText {
  const texts = [strings[0] ?? ""];
  const values: unknown[] = [];
  const write = (text: string): void => {
    texts.push(`${texts.pop() ?? ""}${text}`);
  };
  for (const [index, part] of parts.entries()) {
    if (part instanceof SqlText) {
      const [first = "", ...rest] = part.texts;
      write(first);
      texts.push(...rest);
      values.push(...part.values);
    } else if (typeof part === "number") {
      write(literal(part));
    } else {
      values.push(part);
      texts.push("");
    }
    write(strings[index + 1] ?? "");
  }
  return new SqlText(texts, values);
}

/** SQL without values, such as the name of a column. Never pass it what a user wrote. */
export function raw(text: string): SqlText {
  return new SqlText([text], []);
}

/** A bound value. */
export function bound(value: unknown): SqlText {
  return new SqlText(["", ""], [value]);
}

/** Joins pieces with a text between them. */
export function join(pieces: readonly SqlText[], separator: string): SqlText {
  const texts = [""];
  for (const [index, { texts: own }] of pieces.entries()) {
    const [first = "", ...rest] = own;
    texts.push(`${texts.pop() ?? ""}${index === 0 ? "" : separator}${first}`, ...rest);
  }
  return new SqlText(
    texts,
    pieces.flatMap(({ values }) => values),
  );
}

function literal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written in SQL.`);
  // Two minus signs begin a comment.
  return value < 0 ? `(${value})` : String(value);
}
