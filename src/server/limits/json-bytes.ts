/**
 * How many bytes something has in a response. A control character takes six of them, and one of most Asian scripts three.
 */
export function jsonBytes(value: unknown): number {
  const json: string | undefined = JSON.stringify(value, withoutBigInt);
  return json === undefined ? 0 : Buffer.byteLength(json);
}

/** A row of the database may have columns of the app that JSON has no numbers for. */
function withoutBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** About how many bytes the texts of rows have. It makes no copy of them. */
export function textLength(rows: readonly object[]): number {
  let length = 0;
  for (const row of rows)
    for (const value of Object.values(row)) if (typeof value === "string") length += value.length;
  return length;
}
