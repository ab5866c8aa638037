import { afterAll, beforeAll, expect, it } from "vitest";

import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { openDatabase } from "../../support/databases/describe-databases.ts";
import { limited } from "../../support/limited.ts";
import { askCases, generatedCase } from "../../support/wire/generated-case.ts";
import { playThroughOrm, playThroughRouter } from "../../support/wire/play-case.ts";
import type { CaseServer } from "../../support/wire/start-case-server.ts";
import { startCaseServer } from "../../support/wire/start-case-server.ts";

/** A sample of what `wire-framings.test.ts` and `wire-fuzz.test.ts` read without HTTP, and whole responses. */
const cases = [...Array.from({ length: 96 }, (_, seed) => generatedCase(seed)), ...askCases()];

let database: TestDatabase;
let server: CaseServer;
const differences = new Map<string, Promise<readonly string[]>>();
beforeAll(async () => {
  database = await openDatabase("sqlite");
  server = await startCaseServer();
  const stage = { prisma: database.prisma, server };
  const limit = limited(8);
  for (const one of cases) {
    const both = limit(() =>
      Promise.all([
        ...(one.call === "ask" ? [] : [playThroughRouter(stage, one)]),
        playThroughOrm(stage, one),
      ]),
    );
    differences.set(
      one.id,
      both.then(
        (lists) => lists.flat(),
        (error: unknown) => [String(error)],
      ),
    );
  }
});
afterAll(async () => {
  await Promise.all(differences.values());
  await server.close();
  await database.close();
});

it.each(cases.map((one) => [one.id, one.title] as const))("%s, %s", async (id) => {
  expect(await differences.get(id)).toEqual([]);
});
