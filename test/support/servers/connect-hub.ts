import { afterEach } from "vitest";

import type { RedisHub } from "node-llm-trpc/redis";
import { createRedisHub } from "node-llm-trpc/redis";
import type { ChatHub } from "node-llm-trpc/server";
import type { RedisServer } from "./redis-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

export function connectHub(redis: RedisServer, retention = 60_000, identity?: string): RedisHub {
  const hub = createRedisHub({ url: redis.url, retention, identity, onError: () => undefined });
  closing.push(() => hub.close());
  return hub;
}

export async function connected(...hubs: readonly ChatHub[]): Promise<void> {
  while (!hubs.every((hub) => hub.isConnected)) await new Promise((go) => setTimeout(go, 5));
}
