const defaultUrl = "file:./.data/demo.db";

/** The database that the demo uses: `DATABASE_URL`, or a SQLite file in the folder `.data`. */
export function databaseUrl(): string {
  return process.env["DATABASE_URL"]?.trim() || defaultUrl;
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** The path of a SQLite file. */
export function sqlitePath(url: string): string {
  return url.replace(/^file:(\/\/)?/, "").replace(/\?.*$/, "");
}
