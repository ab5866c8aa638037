import { randomUUID } from "node:crypto";

import { executeOnMysql } from "./execute-on-mysql.ts";

export interface MysqlDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** Creates a database on the test server, and runs the statements in it. */
export async function createMysqlDatabase(
  server: string,
  statements: readonly string[],
): Promise<MysqlDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await executeOnMysql(server, [`CREATE DATABASE ${name}`, `USE ${name}`, ...statements]);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    remove: () => executeOnMysql(server, [`DROP DATABASE IF EXISTS ${name}`]),
  };
}
