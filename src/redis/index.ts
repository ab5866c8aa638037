export { createRedisHub } from "./create-redis-hub.ts";
export type { RedisHub, RedisHubOptions } from "./create-redis-hub.ts";
export type { RedisClientLike } from "./redis-client-like.ts";
