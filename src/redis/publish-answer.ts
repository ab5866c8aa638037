import type { Answer } from "../chat/answer.ts";
import type { Pace } from "../shared/pace/pace.ts";
import { timerDelay } from "../shared/timer-delay.ts";
import { wait } from "../shared/wait.ts";
import { encodeEvents } from "./answer-stream-entry.ts";
import type { RedisConnections } from "./redis-connections.ts";

/** About 13 seconds of an answer at the fastest pace. Older text is in the database. */
const maxEntries = 512;
/** After how many seconds without an entry Redis deletes a stream. */
const expirySeconds = 600;
/** How often the expiry is renewed, in milliseconds. */
const renewMs = 60_000;
const retryMs = 250;
/** How long to retry the end of an answer while Redis is unavailable, in milliseconds. */
const patienceMs = 30_000;

interface PublishOptions {
  readonly key: string;
  readonly redis: Pick<RedisConnections, "isReady" | "send">;
  readonly pace: Pace;
  /** How long the end stays readable, in milliseconds. */
  readonly retention: number;
}

/**
 * Publishes an answer to its Redis stream until it has ended. There is no queue: changes that happen while an
 * entry is being sent, or while Redis is unavailable, go into the next entry. The end replaces all earlier entries.
 */
export async function publishAnswer(
  answer: Answer,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<void> {
  const { key, redis, pace, retention } = options;
  let cursor = answer.cursor;
  let sentAt = -Infinity;
  let renewedAt = -Infinity;
  let deadline = Infinity;
  while (!signal.aborted && performance.now() < deadline) {
    if (answer.final !== null && deadline === Infinity) deadline = performance.now() + patienceMs;
    if (!redis.isReady) {
      renewedAt = -Infinity;
      await wait(retryMs, signal);
      continue;
    }
    const delta = answer.since(cursor);
    if (delta === null || delta.events.length === 0) {
      await answer.changed(signal);
      await pace.wait(sentAt - answer.waitedMs, signal);
      continue;
    }
    const isEnd = answer.final !== null;
    sentAt = performance.now();
    const limit = isEnd ? ["MAXLEN", "1"] : ["MAXLEN", "~", String(maxEntries)];
    // Each process reads the object from the text. It is sent again and again, so Redis would keep many copies.
    const events = delta.events.filter(({ type }) => type !== "object");
    const commands = [redis.send("XADD", key, ...limit, "*", ...encodeEvents(events))];
    if (isEnd) commands.push(redis.send("PEXPIRE", key, String(timerDelay(retention))));
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
