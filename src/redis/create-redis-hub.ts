import { randomUUID } from "node:crypto";

import { createClient } from "redis";

import { Answer } from "../chat/answer.ts";
import { isWaiting } from "../chat/chat-message.ts";
import type { ChatHub } from "../server/hub/chat-hub.ts";
import { createMemoryHub } from "../server/hub/create-memory-hub.ts";
import { Pace } from "../shared/pace/pace.ts";
import { AnswerFeed } from "./answer-feed.ts";
import { decodeEntries } from "./answer-stream-entry.ts";
import { HubNames } from "./hub-names.ts";
import { publishAnswer } from "./publish-answer.ts";
import type { RedisClientLike } from "./redis-client-like.ts";
import { RedisConnections } from "./redis-connections.ts";

/** The options of `createRedisHub`: a client or a URL, and what else you want to change. */
export type RedisHubOptions = (
  | {
      /**
       * A client of the `redis` package (node-redis 5 or 6). The hub copies its settings for three connections
       * of its own, so it does not have to be connected. The hub closes when this client is closed.
       */
      readonly client: RedisClientLike;
    }
  | {
      /** The server's address: `redis://…`, or `rediss://…` for TLS. */
      readonly url: string;
    }
) & {
  /**
   * The prefix of all keys and channels. What follows it is an identity of the database, so that apps which share a
   * Redis server do not hear each other.
   *
   * @default "node-llm-trpc:"
   */
  readonly prefix?: string | undefined;
  /**
   * The identity of the database in those names, the same in all instances of the app and another one for each
   * database. Set it when the servers of one database do not say the same of themselves, as those of a cluster of MySQL
   * or MariaDB do, and after a failover.
   *
   * @default what the database says
   */
  readonly identity?: string | undefined;
  /**
   * How long an answer can still be read from Redis after it has ended, in milliseconds.
   *
   * @default 60_000
   */
  readonly retention?: number | undefined;
  /**
   * Called once per outage, with its first error. Answers continue through the database in the meantime.
   *
   * @default emits a process warning
   */
  readonly onError?: ((error: Error) => void) | undefined;
};

/** A hub that connects several instances through Redis. Created by `createRedisHub`. */
export interface RedisHub extends ChatHub {
  /**
   * Closes the hub's connections, for example before the process exits. Answers in progress continue, and
   * their readers on other instances get them from the database.
   */
  close(): void;
}

/**
 * Creates a hub for an app that runs as several instances. An answer is streamed from the instance that
 * produces it to the readers on all others, and a stop reaches its producer at once, without the detour
 * through the database. While Redis is unavailable, the database takes over.
 *
 * Keep the hub on `globalThis` in Next.js and other frameworks that load a module more than once.
 *
 * @example
 * ```ts
 * import { createRedisHub } from "node-llm-trpc/redis";
 * import { createChatRouter } from "node-llm-trpc/server";
 *
 * const hub = createRedisHub({ url: "redis://127.0.0.1:6379" });
 * const chatRouter = createChatRouter({ procedure, prisma, llm, scope, hub });
 * ```
 *
 * @example
 * With a client of your own:
 * ```ts
 * import { createClient } from "redis";
 *
 * const hub = createRedisHub({ client: createClient({ url, username, password }) });
 * ```
 */
export function createRedisHub(options: RedisHubOptions): RedisHub {
  const { prefix = "node-llm-trpc:", identity, retention = 60_000, onError = warn } = options;
  // Before anything is opened, because it refuses a wrong time.
  const local = createMemoryHub({ retention });
  const template = "client" in options ? options.client : createClient({ url: options.url });
  const instance = randomUUID();
  const listeners: ((isConnected: boolean) => void)[] = [];
  let wasLost = false;
  const isConnected = (): boolean => redis.isReady && feed.isReady;
  const tellChange = (): void => {
    // A hub that is still connecting is not lost until there is an error.
    const isLost = wasLost ? !isConnected() : redis.isDegraded;
    if (isLost === wasLost) return;
    wasLost = isLost;
    for (const listener of listeners) listener(!isLost);
  };
  const redis = new RedisConnections(template, onError, () => queueMicrotask(tellChange));
  const feed = new AnswerFeed(redis, `${prefix}wake:${instance}`);
  const pace = new Pace();
  const notifyOthers = (channel: string): void => {
    // Without the notice, other instances find the change at their next poll.
    redis.send("PUBLISH", channel, instance).catch(() => undefined);
  };
  const publishing = new Map<string, { answer: Answer; ended: AbortController }>();
  const close = (): void => redis.close();
  if ("client" in options) template.on("end", close);

  /** The hub for a database. */
  const view = (names: HubNames): RedisHub => ({
    get isConnected() {
      return isConnected() && names.known !== null;
    },
    forDatabase: (identify) => {
      const isGiven = identity !== undefined && identity !== "";
      const asked = isGiven ? () => Promise.resolve(identity) : identify;
      return view(new HubNames(prefix, asked, redis.closed));
    },
    open(answer, stop) {
      const { id } = answer;
      local.open(answer, stop);
      const ended = new AbortController();
      publishing.set(id, { answer, ended });
      const signal = AbortSignal.any([ended.signal, redis.closed]);
      names.use(({ answerKey, stopChannel, chatChannel }) => {
        notifyOthers(chatChannel(answer.chatId));
        redis.subscribe(stopChannel(id), () => void local.stop(id), ended.signal);
        // An answer that continues after an approval may still have the entries of its first part.
        redis.send("DEL", answerKey(id)).catch(() => undefined);
        const publish = { key: answerKey(id), redis, pace, retention };
        publishAnswer(answer, publish, signal)
          // Other instances read the answer from the database then.
          .catch((error: unknown) => warnOf(id, error))
          .finally(() => ended.abort());
      });
    },
    end(messageId) {
      local.end(messageId);
      const published = publishing.get(messageId);
      if (published === undefined) return;
      publishing.delete(messageId);
      names.use(({ chatChannel }) => notifyOthers(chatChannel(published.answer.chatId)));
      // An answer with an end still has to publish it.
      if (published.answer.final === null) published.ended.abort();
    },
    async find(messageId) {
      const own = await local.find(messageId);
      if (own !== null || !redis.isReady || names.known === null) return own;
      try {
        const key = names.known.answerKey(messageId);
        const [last] = decodeEntries(await redis.ask("XREVRANGE", key, "+", "-", "COUNT", "1"));
        const end = last?.events.find((event) => event.type === "done");
        if (end === undefined || isWaiting(end.message.status)) return null;
        const answer = new Answer(end.message);
        answer.finish(end.message);
        return answer;
      } catch {
        return null;
      }
    },
    subscribe(messageId, onEvents, signal) {
      names.use(({ answerKey }) => feed.read(answerKey(messageId), onEvents, signal));
    },
    async stop(messageId) {
      const own = await local.stop(messageId);
      if (own !== "unknown" || !redis.isReady || names.known === null) return own;
      try {
        const receivers = await redis.ask("PUBLISH", names.known.stopChannel(messageId), "");
        return Number(receivers) > 0 ? "delivered" : "unknown";
      } catch {
        return "unknown";
      }
    },
    notify(chatId) {
      local.notify(chatId);
      names.use(({ chatChannel }) => notifyOthers(chatChannel(chatId)));
    },
    watch(chatId, onChange, signal) {
      local.watch(chatId, onChange, signal);
      const onMessage = (sender: string): void => {
        if (sender !== instance) onChange();
      };
      names.use(({ chatChannel }) => redis.subscribe(chatChannel(chatId), onMessage, signal));
    },
    onConnectionChange(listener) {
      listeners.push(listener);
      if (wasLost) listener(false);
    },
    close,
  });
  return view(new HubNames(prefix, null, redis.closed));
}

function warnOf(id: string, error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`node-llm-trpc: the answer ${id} could not be published (${name}).`);
}

function warn(error: Error): void {
  process.emitWarning(
    `node-llm-trpc: Redis is unavailable (${error.message}). Check the server. Until it is back, other instances read answers from the database.`,
  );
}
