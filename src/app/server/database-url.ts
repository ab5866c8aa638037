const defaultUrl = "file:./.data/demo.db";

/**
 * The database that the demo uses: `DATABASE_URL`, or a SQLite file in the folder `.data`. Throws when
 * it is neither SQLite nor PostgreSQL; the error does not repeat the password.
 */
export function databaseUrl(): string {
  const url = process.env["DATABASE_URL"]?.trim() || defaultUrl;
  if (url.startsWith("file:") || isPostgres(url)) return url;
  throw new Error(
    `DATABASE_URL begins with “${url.split(":")[0]?.slice(0, 20)}:”, which the demo does not know. Set it to file:<path> for SQLite or to postgresql://… and start again.`,
  );
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** The path of a SQLite file. */
export function sqlitePath(url: string): string {
  return url.replace(/^file:(\/\/)?/, "").replace(/\?.*$/, "");
}
