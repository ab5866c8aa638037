import type { Answer } from "../chat/answer.ts";
import type { Pace } from "../shared/pace.ts";
import { wait } from "../shared/wait.ts";
import { encodeEvents } from "./answer-stream-entry.ts";
import type { RedisConnections } from "./redis-connections.ts";

/** About 13 seconds of an answer at the fastest pace; what is older is in the database. */
const maxEntries = 512;
/** An answer that has not been published to for so long, in seconds, is forgotten. */
const expirySeconds = 600;
const renewMs = 60_000;
const retryMs = 250;
/** For so long, in milliseconds, the end of an answer is offered to a Redis that does not take it. */
const patienceMs = 30_000;

interface PublishOptions {
  readonly key: string;
  readonly redis: Pick<RedisConnections, "isReady" | "send">;
  readonly pace: Pace;
  /** How long the end stays readable, in milliseconds. */
  readonly retention: number;
}

/**
 * Publishes an answer to its Redis stream until it has ended. What changes while an entry is under way, or while
 * Redis is away, goes into the next one: there is no queue. The end takes the place of all that was before.
 */
export async function publishAnswer(
  live: Answer,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<void> {
  const { key, redis, pace, retention } = options;
  let cursor = live.cursor;
  let sentAt = -Infinity;
  let renewedAt = -Infinity;
  let deadline = Infinity;
  while (!signal.aborted && performance.now() < deadline) {
    if (live.final !== null && deadline === Infinity) deadline = performance.now() + patienceMs;
    if (!redis.isReady) {
      renewedAt = -Infinity;
      await wait(retryMs, signal);
      continue;
    }
    const delta = live.since(cursor);
    if (delta === null || delta.events.length === 0) {
      await live.changed(signal);
      await pace.wait(sentAt - live.waitedMs, signal);
      continue;
    }
    const isEnd = live.final !== null;
    sentAt = performance.now();
    const limit = isEnd ? ["MAXLEN", "1"] : ["MAXLEN", "~", String(maxEntries)];
    const commands = [redis.send("XADD", key, ...limit, "*", ...encodeEvents(delta.events))];
    if (isEnd) commands.push(redis.send("PEXPIRE", key, String(retention)));
    else if (sentAt - renewedAt > renewMs)
      commands.push(redis.send("EXPIRE", key, String(expirySeconds)));
    const results = await Promise.allSettled(commands);
    if (results.some((result) => result.status === "rejected")) {
      renewedAt = -Infinity;
      await wait(retryMs, signal);
      continue;
    }
    if (isEnd) return;
    if (commands.length > 1) renewedAt = sentAt;
    cursor = delta.cursor;
  }
}
