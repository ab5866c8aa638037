import { ensureRedisServer } from "../../../scripts/lib/ensure-redis-server.ts";

/** Vitest's global setup: Redis is installed before the tests, whose time is limited, begin. */
export default async function findRedis(): Promise<void> {
  await ensureRedisServer();
}
