interface HostileValue {
  readonly name: string;
  /** JSON of about `bytes` bytes. */
  readonly json: (bytes: number) => string;
}

const repeat = (piece: string, bytes: number) => piece.repeat(Math.max(1, bytes / piece.length));

/** Values that cost a validator much more than their size. */
export const hostileValues: readonly HostileValue[] = [
  { name: "a list of empty objects", json: (bytes) => `[${repeat("{},", bytes)}{}]` },
  { name: "a list of numbers", json: (bytes) => `[${repeat("1,", bytes)}1]` },
  { name: "a list of texts", json: (bytes) => `[${repeat('"a",', bytes)}"a"]` },
  { name: "a list of nulls", json: (bytes) => `[${repeat("null,", bytes)}null]` },
  { name: "lists in lists", json: (bytes) => `${repeat("[", bytes / 2)}${repeat("]", bytes / 2)}` },
  {
    name: "objects in objects",
    json: (bytes) => `${repeat('{"a":', bytes)}1${"}".repeat(Math.max(1, bytes / 5))}`,
  },
  {
    name: "an object of many keys",
    json: (bytes) => {
      const keys = Array.from({ length: bytes / 10 }, (_, index) => `"${index.toString(36)}":1`);
      return `{${keys.join()}}`;
    },
  },
  {
    name: "an object of many whole numbers as keys",
    json: (bytes) => {
      const keys = Array.from({ length: bytes / 11 }, (_, index) => `"${index * 7}":1`);
      return `{${keys.join()}}`;
    },
  },
  { name: "a long text", json: (bytes) => `"${repeat("a", bytes)}"` },
  { name: "a long text of blanks", json: (bytes) => `"${repeat(" ", bytes)}"` },
  { name: "a long text of NULs", json: (bytes) => `"${repeat("\\u0000", bytes)}"` },
  { name: "a long text of lone surrogates", json: (bytes) => `"${repeat("\\ud800", bytes)}"` },
  { name: "a long key", json: (bytes) => `{"${repeat("a", bytes)}":1}` },
  { name: "a number out of range", json: () => "1e999" },
  {
    name: "an object with the names of methods",
    json: () =>
      '{"__proto__":{"a":1},"constructor":{"prototype":{}},"toJSON":1,"then":1,"toString":1,"hasOwnProperty":1}',
  },
];
