import { copyFile, rename } from "node:fs/promises";

import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { identifyDatabase } from "../../../../src/server/hub/identify-database.ts";
import {
  describeDatabases,
  describeEveryDatabase,
} from "../../../support/databases/describe-databases.ts";
import { openClient } from "../../../support/databases/open-client.ts";

describeEveryDatabase((_name, open) => {
  it("is the same for every client of a database, and another one for each other database", async () => {
    const [first, second] = [await open(), await open()];
    const identity = await identifyDatabase(Database.open(first.prisma));
    expect(identity).toMatch(/^[\w-]{12}$/);
    expect(await identifyDatabase(Database.open(first.connect()))).toBe(identity);
    expect(await identifyDatabase(Database.open(second.prisma))).not.toBe(identity);
  });
});

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
