import { ensureRedisServer } from "../../../scripts/lib/ensure-redis-server.ts";

/** Vitest's global setup: installs Redis before the tests begin, whose time is limited. */
export default async function findRedis(): Promise<void> {
  await ensureRedisServer();
}
