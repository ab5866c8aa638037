import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { openDatabase } from "../../support/databases/describe-databases.ts";
import { limited } from "../../support/limited.ts";
import { redirectFixedProviders } from "../../support/providers/create-provider-llm.ts";
import type { CaseStage } from "../../support/wire/play-case.ts";
import { playThroughOrm, playThroughRouter } from "../../support/wire/play-case.ts";
import type { CaseServer } from "../../support/wire/start-case-server.ts";
import { startCaseServer } from "../../support/wire/start-case-server.ts";
import type { WireCase } from "../../support/wire/wire-case.ts";
import { durationOf, readWireCases } from "../../support/wire/wire-case.ts";

const cases = await readWireCases();
/** Those that may depend on the database, and one of each provider. */
const onPostgres = cases.filter(
  ({ id, control, expect: { usage, toolCalls } }) =>
    control === null ||
    usage !== undefined ||
    toolCalls !== undefined ||
    /^(error|finish)-/.test(id),
);

const ways = {
  "the router": { play: playThroughRouter, plays: (one: WireCase) => one.call !== "ask" },
  orm: { play: playThroughOrm, plays: () => true },
} as const;

/** At most this many cases at once. With more, the process is too busy to keep the times of those about `idleTimeout`. */
const atOnce = 12;

let server: CaseServer;
let endRedirect: () => void;
beforeAll(async () => {
  server = await startCaseServer();
  endRedirect = redirectFixedProviders(server.origin);
});
afterAll(async () => {
  endRedirect();
  await server.close();
});

describe.each([
  ["sqlite", cases],
  ["postgresql", onPostgres],
] as const)("%s", (name, played) => {
  describe.each(Object.entries(ways))(
    "what providers send, through %s",
    (_way, { play, plays }) => {
      const mine = played.filter(plays);
      const differences = new Map<string, Promise<string[]>>();
      let database: TestDatabase;
      beforeAll(async () => {
        database = await openDatabase(name);
        const stage: CaseStage = { prisma: database.prisma, server, isRedirected: true };
        const limit = limited(atOnce);
        // The longest first, so that the others are done meanwhile; but those about `idleTimeout` when everything is loaded.
        const order = mine.toSorted((a, b) => durationOf(b) - durationOf(a));
        const isTimed = ({ idleTimeout }: WireCase): boolean => idleTimeout !== undefined;
        for (const one of [...order.filter((other) => !isTimed(other)), ...order.filter(isTimed)])
          differences.set(
            one.id,
            limit(() => play(stage, one)).catch((error: unknown) => [String(error)]),
          );
      });
      afterAll(async () => {
        await Promise.all(differences.values());
        await database.close();
      });

      it.each(mine.map((one) => [one.id, one.title] as const))("%s: %s", async (id) => {
        expect(await differences.get(id)).toEqual([]);
      });
    },
  );
});
