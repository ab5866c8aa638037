import { expect, it } from "vitest";

import type { DatabaseName } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { runFuzz } from "../support/fuzz/run-fuzz.ts";

// `npm run fuzz` sets these. 300 take both databases a minute, and 2,000 would take a quarter of all of CI.
const requests = Number(process.env["FUZZ_REQUESTS"] ?? "300");
const seed = process.env["FUZZ_SEED"] ?? "1";
const isLong = process.env["FUZZ_REQUESTS"] !== undefined;
const given = process.env["FUZZ_DATABASE"];
const databases = (["sqlite", "postgresql"] satisfies DatabaseName[]).filter(
  (name) => given === undefined || name === given,
);

describeDatabases((name, open) => {
  it(
    "answers everything that a liar may send without a fault",
    async () => {
      const { url } = await open();
      const result = await runFuzz({ url, seed, requests });
      if (isLong) {
        const { longestMs, longestCpuMs, memory } = result;
        console.log(name, { statuses: result.statuses, longestMs, longestCpuMs, memory });
      }
      expect(result.faults).toEqual([]);
      // Half of it is refused, and half is served.
      expect(result.statuses.get(200)).toBeGreaterThan(requests);
      expect(result.statuses.get(400)).toBeGreaterThan(requests);
      expect(result.longestCpuMs).toBeLessThan(1_000);
    },
    isLong ? 3_600_000 : 240_000,
  );
}, databases);
