import { randomUUID } from "node:crypto";
import { copyFile, rename } from "node:fs/promises";

import type { SqlQuery, SqlQueryable } from "@prisma/driver-adapter-utils";
import { expect, it } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { identifyDatabase } from "../../../../src/server/hub/identify-database.ts";
import type { DatabaseName, TestDatabase } from "../../../support/databases/describe-databases.ts";
import {
  describeDatabases,
  describeEveryDatabase,
} from "../../../support/databases/describe-databases.ts";
import { executeOnPostgres } from "../../../support/databases/execute-on-postgres.ts";
import { openClient } from "../../../support/databases/open-client.ts";

/** What a server answers that says nothing of itself, such as one behind a proxy, by what it is asked. */
const silence: Readonly<Record<DatabaseName, readonly [RegExp, string]>> = {
  sqlite: [/PRAGMA database_list/, "SELECT 'main' AS name, '' AS file"],
  postgresql: [/pg_database/, "SELECT '5' AS oid, FALSE AS readable"],
  mysql: [/SHOW VARIABLES|DATABASE\(\)/, "SELECT 'app' AS name"],
};

/** A client whose server says nothing of itself. */
function connectSilently(database: TestDatabase): PrismaClient {
  const [asked, answer] = silence[database.name];
  const silent = <Queryable extends SqlQueryable>(queryable: Queryable): Queryable =>
    new Proxy(queryable, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (key !== "queryRaw")
          return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        return (query: SqlQuery): unknown =>
          target.queryRaw(asked.test(query.sql) ? { ...query, sql: answer } : query);
      },
    });
  return database.connect({
    wrap: (factory) => ({
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: async () => silent(await factory.connect()),
    }),
  });
}

describeEveryDatabase((_name, open) => {
  it("is the same for every client of a database, and another one for each other database", async () => {
    const [first, second] = [await open(), await open()];
    const identity = await identifyDatabase(Database.open(first.prisma));
    expect(identity).toMatch(/^[\w-]{12}$/);
    expect(await identifyDatabase(Database.open(first.connect()))).toBe(identity);
    expect(await identifyDatabase(Database.open(second.prisma))).not.toBe(identity);
  });

  it("is another one for each database whose server says nothing of itself, also for those who ask at once", async () => {
    const databases = [await open(), await open()];
    const identities = await Promise.all(
      databases.map(async (database) => {
        const clients = [1, 2, 3].map(() => Database.open(connectSilently(database)));
        return new Set(await Promise.all(clients.map(identifyDatabase)));
      }),
    );
    expect(identities.map(({ size }) => size)).toEqual([1, 1]);
    expect([...(identities[0] ?? [])]).not.toEqual([...(identities[1] ?? [])]);
  });
});

describeDatabases(
  (_name, open) => {
    it("needs no more rights than the app has on PostgreSQL", async () => {
      const role = `app_${randomUUID().slice(0, 8)}`;
      const identities: string[] = [];
      const databases = [await open(), await open()];
      const [first] = databases;
      if (first === undefined) throw new Error("There is no database.");
      await executeOnPostgres(first.url, `CREATE ROLE ${role} LOGIN PASSWORD 'app'`);
      for (const { url } of databases) {
        await executeOnPostgres(url, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        await executeOnPostgres(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
        const address = new URL(url);
        Object.assign(address, { username: role, password: "app" });
        for (const client of [openClient(address.href), openClient(address.href)]) {
          identities.push(await identifyDatabase(Database.open(client)));
          await expect(client.$queryRaw`SELECT * FROM pg_control_system()`).rejects.toThrow();
          await client.$disconnect();
        }
      }
      for (const { url } of databases)
        await executeOnPostgres(url, `DROP OWNED BY ${role} CASCADE`);
      await executeOnPostgres(first.url, `DROP ROLE ${role}`);
      const [one, again, other, otherAgain] = identities;
      expect([again, otherAgain]).toEqual([one, other]);
      expect(other).not.toBe(one);
    });
  },
  ["postgresql"],
);

describeDatabases(
  (_name, open) => {
    it("stays with a file that is moved, and does not go to a copy of it", async () => {
      const { prisma, url } = await open();
      const identity = await identifyDatabase(Database.open(prisma));
      await prisma.$disconnect();
      const path = url.replace("file:", "");
      await copyFile(path, `${path}.copy`);
      await rename(path, `${path}.moved`);
      for (const [suffix, isSame] of [
        ["copy", false],
        ["moved", true],
      ] as const) {
        const other = openClient(`${url}.${suffix}`);
        expect((await identifyDatabase(Database.open(other))) === identity, suffix).toBe(isSame);
        await other.$disconnect();
      }
    });
  },
  ["sqlite"],
);
