import { afterEach, expect, it } from "vitest";

import { describeMigrated } from "../support/databases/describe-databases.ts";
import { runKills } from "../support/kill/run-kills.ts";
import { RedisServer } from "../support/servers/redis-server.ts";

/** `npm run soak` sets these. */
const seed = process.env["KILL_SEED"] ?? "1";
const kills = Number(process.env["KILLS"] ?? 5);
const database = process.env["KILL_DATABASE"];
const isSoak = process.env["KILLS"] !== undefined;
const hasRedis = process.env["KILL_REDIS"] === "1";
const databases = (["sqlite", "postgresql"] as const).filter((name) => name === (database ?? name));

let redis: RedisServer | null = null;
afterEach(async () => {
  await redis?.stop();
});

describeMigrated((name, open) => {
  it(
    "keeps every guarantee while processes are killed at any moment",
    async () => {
      redis = hasRedis ? await RedisServer.start() : null;
      const onProgress = isSoak ? (text: string): void => console.info(text) : () => undefined;
      const redisUrl = redis?.url ?? null;
      const run = { seed, kills, killedAnswers: 60, answers: 24, redisUrl, onProgress };
      const { violations, tally, times, ...numbers } = await runKills({
        database: await open(),
        ...run,
      });
      const moments = Object.fromEntries(tally.moments);
      const endings = Object.fromEntries(tally.endings);
      console.info(
        name,
        JSON.stringify({
          seed,
          ...tally,
          moments,
          endings,
          ...times,
          ...numbers,
        }),
      );
      const again = `npm run soak -- --kills ${kills} --seed ${seed} --database ${name}`;
      expect(violations, [again, ...violations.slice(0, 20)].join("\n")).toEqual([]);
      expect(numbers.interrupted).toBeGreaterThan(0);
    },
    300_000 + kills * 20_000,
  );
}, databases);
