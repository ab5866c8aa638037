import { randomUUID } from "node:crypto";

import { createClient } from "redis";

import { Answer } from "../chat/answer.ts";
import type { ChatHub } from "../server/hub/chat-hub.ts";
import { createMemoryHub } from "../server/hub/create-memory-hub.ts";
import { Pace } from "../shared/pace.ts";
import { AnswerFeed } from "./answer-feed.ts";
import { decodeEntries } from "./answer-stream-entry.ts";
import { publishAnswer } from "./publish-answer.ts";
import type { RedisClientLike } from "./redis-client-like.ts";
import { RedisConnections } from "./redis-connections.ts";

export type RedisHubOptions = (
  | {
      /** A node-redis client. Its settings are taken for connections of the hub's own; it need not be connected. */
      readonly client: RedisClientLike;
    }
  | { /** `redis://…` or `rediss://…` */ readonly url: string }
) & {
  /** The beginning of all keys and channels; "node-llm-trpc:" by default. */
  readonly prefix?: string | undefined;
  /** How long an answer that has ended stays readable, in milliseconds; 60,000 by default. */
  readonly retention?: number | undefined;
  /** Is told when Redis is lost, once each time; a process warning by default. Answers go on by the database. */
  readonly onError?: ((error: Error) => void) | undefined;
};

export interface RedisHub extends ChatHub {
  /** Closes the hub's connections. Answers in progress go on, and are followed in the database. */
  close(): void;
}

/**
 * A hub for several instances of an app: an answer is streamed from the instance that produces it to readers on
 * all others, and a stop finds its producer, without a detour by the database. When Redis is away, the database
 * takes over until it is back. Keep the hub on `globalThis` where a bundler loads modules more than once (Next.js).
 */
export function createRedisHub(options: RedisHubOptions): RedisHub {
  const { prefix = "node-llm-trpc:", retention = 60_000, onError = warn } = options;
  const template = "client" in options ? options.client : createClient({ url: options.url });
  const instance = randomUUID();
  const listeners: ((isConnected: boolean) => void)[] = [];
  let wasLost = false;
  const isConnected = (): boolean => redis.isReady && feed.isReady;
  const tellChange = (): void => {
    // Before the first connection there is nothing to lose.
    const isLost = wasLost ? !isConnected() : redis.isDegraded;
    if (isLost === wasLost) return;
    wasLost = isLost;
    for (const listener of listeners) listener(!isLost);
  };
  const redis = new RedisConnections(template, onError, () => queueMicrotask(tellChange));
  const local = createMemoryHub({ retention });
  const feed = new AnswerFeed(redis, `${prefix}wake:${instance}`);
  const pace = new Pace();
  const answerKey = (messageId: string): string => `${prefix}answer:${messageId}`;
  const stopChannel = (messageId: string): string => `${prefix}stop:${messageId}`;
  const chatChannel = (chatId: string): string => `${prefix}chat:${chatId}`;
  const publishing = new Map<string, { live: Answer; ended: AbortController }>();

  const notifyOthers = (chatId: string): void => {
    redis.send("PUBLISH", chatChannel(chatId), instance).catch(() => undefined); // Their next poll finds it.
  };
  const close = (): void => redis.close();
  if ("client" in options) template.on("end", close);

  return {
    get isConnected() {
      return isConnected();
    },
    open(live, stop) {
      local.open(live, stop);
      notifyOthers(live.chatId);
      const ended = new AbortController();
      publishing.set(live.id, { live, ended });
      const { id } = live;
      redis.subscribe(stopChannel(id), () => void local.stop(id), ended.signal);
      // An answer that goes on after an approval may have left its first part behind.
      redis.send("DEL", answerKey(id)).catch(() => undefined);
      const signal = AbortSignal.any([ended.signal, redis.closed]);
      const publish = { key: answerKey(id), redis, pace, retention };
      void publishAnswer(live, publish, signal).then(() => ended.abort());
    },
    end(messageId) {
      local.end(messageId);
      const published = publishing.get(messageId);
      if (published === undefined) return;
      publishing.delete(messageId);
      notifyOthers(published.live.chatId);
      // With an end, it is published first.
      if (published.live.final === null) published.ended.abort();
    },
    async find(messageId) {
      const own = await local.find(messageId);
      if (own !== null || !redis.isReady) return own;
      try {
        const key = answerKey(messageId);
        const [last] = decodeEntries(await redis.ask("XREVRANGE", key, "+", "-", "COUNT", "1"));
        const end = last?.events.find((event) => event.type === "done");
        if (end === undefined || end.message.status === "awaiting_approval") return null;
        const live = new Answer(end.message);
        live.finish(end.message);
        return live;
      } catch {
        return null;
      }
    },
    follow(messageId, onEvents, signal) {
      feed.follow(answerKey(messageId), onEvents, signal);
    },
    async stop(messageId) {
      const own = await local.stop(messageId);
      if (own !== "unknown" || !redis.isReady) return own;
      try {
        const receivers = await redis.ask("PUBLISH", stopChannel(messageId), "");
        return Number(receivers) > 0 ? "delivered" : "unknown";
      } catch {
        return "unknown";
      }
    },
    notify(chatId) {
      local.notify(chatId);
      notifyOthers(chatId);
    },
    watch(chatId, onChange, signal) {
      local.watch(chatId, onChange, signal);
      const onMessage = (sender: string): void => {
        if (sender !== instance) onChange();
      };
      redis.subscribe(chatChannel(chatId), onMessage, signal);
    },
    onConnectionChange(listener) {
      listeners.push(listener);
      if (wasLost) listener(false);
    },
    close,
  };
}

function warn(error: Error): void {
  process.emitWarning(
    `node-llm-trpc: Redis is not available (${error.message}). Until it is back, other instances follow answers in the database.`,
  );
}
