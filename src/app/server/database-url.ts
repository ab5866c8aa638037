const defaultUrl = "file:./.data/demo.db";

/**
 * Returns the URL of the demo's database: `DATABASE_URL`, or a SQLite file in `.data` by default.
 *
 * @throws Error when it is neither SQLite nor PostgreSQL; the error does not contain the password
 */
export function databaseUrl(): string {
  const url = process.env["DATABASE_URL"]?.trim() || defaultUrl;
  if (url.startsWith("file:") || isPostgres(url)) return url;
  throw new Error(
    `DATABASE_URL starts with “${url.split(":")[0]?.slice(0, 20)}:”, which the demo doesn't support. Set it to file:<path> for SQLite or postgresql://… for PostgreSQL, then start again.`,
  );
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** Returns the file path in a SQLite URL. */
export function sqlitePath(url: string): string {
  return url.replace(/^file:(\/\/)?/, "").replace(/\?.*$/, "");
}
