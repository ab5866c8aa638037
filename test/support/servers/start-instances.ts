import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { afterEach } from "vitest";

import type { RedisHub } from "node-llm-trpc/redis";
import { createRedisHub } from "node-llm-trpc/redis";
import type { ChatEvent, ChatHub, ChatMessage } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import type { ScriptedProvider } from "node-llm-trpc/testing";
import { applyEvent, hasGap } from "../../../src/chat/apply-event.ts";
import { ChatService } from "../../../src/server/chat-service.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { loadBrokerHub } from "./load-broker-hub.ts";
import type { RedisServer } from "./redis-server.ts";
import { tool } from "../providers/tool.ts";

/** How a reader hears of an answer: in the producer's process, by Redis, or only by the database. */
export const hubKinds = ["memory", "redis", "database"] as const;
/** The same, and the hub that `docs/hubs.md` shows. */
export const allHubKinds = [...hubKinds, "broker"] as const;
export type HubKind = (typeof allHubKinds)[number];

export type Instance = ChatService<null>;

export interface Instances {
  readonly producer: Instance;
  readonly reader: Instance;
  readonly hubs: { readonly producer: ChatHub; readonly reader: ChatHub };
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Two instances of an app on one database, or one that is both. */
export async function startInstances(
  kind: HubKind,
  database: TestDatabase,
  provider: ScriptedProvider,
  options: { redis: RedisServer; retention?: number; awaitRedis?: boolean },
): Promise<Instances> {
  const { redis, retention = 60_000, awaitRedis = true } = options;
  const createBrokerHub = kind === "broker" ? await loadBrokerHub() : null;
  const createHub = (): ChatHub => {
    if (createBrokerHub !== null) return createBrokerHub(retention);
    return kind === "redis" ? connectHub(redis, retention) : createMemoryHub({ retention });
  };
  const hubs = { producer: createHub(), reader: createHub() };
  if (kind === "redis" && awaitRedis) await connected(hubs.producer, hubs.reader);
  const llm = createLLM({ provider });
  const producer = startInstance(database.prisma, llm, hubs.producer);
  const reader = kind === "memory" ? producer : startInstance(database.connect(), llm, hubs.reader);
  return { producer, reader, hubs };
}

export function connectHub(redis: RedisServer, retention = 60_000): RedisHub {
  const hub = createRedisHub({ url: redis.url, retention, onError: () => undefined });
  closing.push(() => hub.close());
  return hub;
}

export async function connected(...hubs: readonly ChatHub[]): Promise<void> {
  while (!hubs.every((hub) => hub.isConnected)) await new Promise((go) => setTimeout(go, 5));
}

function startInstance(prisma: TestDatabase["prisma"], llm: NodeLLMCore, hub: ChatHub): Instance {
  const tools = [tool("look", async () => "a thing"), tool("remove", async () => "removed")];
  const needsApproval = ["remove"];
  return new ChatService<null>({
    prisma,
    llm,
    hub,
    tools,
    needsApproval,
    onError: () => undefined,
  });
}

export interface Received {
  readonly id: string;
  readonly event: ChatEvent;
}

/** A tab: reads an answer, and fails when its text shrinks, has a gap, or arrives twice. */
export class Tab {
  readonly received: Received[] = [];
  readonly #instance: Instance;
  readonly #messageId: string;
  #message: ChatMessage | null = null;
  #lastEventId: string | null = null;

  constructor(instance: Instance, messageId: string) {
    this.#instance = instance;
    this.#messageId = messageId;
  }

  get message(): ChatMessage | null {
    return this.#message;
  }

  get events(): readonly ChatEvent[] {
    return this.received.map(({ event }) => event);
  }

  /** Reads until `until` says so, or to the end. The next call resumes behind the last event. */
  async read(
    until: (message: ChatMessage) => boolean = () => false,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ChatMessage | null> {
    const input = { messageId: this.#messageId, lastEventId: this.#lastEventId };
    for await (const { id, data } of this.#instance.stream(null, input, signal)) {
      this.#take(id, data);
      if (this.#message !== null && until(this.#message)) break;
    }
    return this.#message;
  }

  #take(id: string, event: ChatEvent): void {
    const before = this.#message;
    if (event.type === "snapshot") this.#message = event.message;
    else if (event.type === "done") this.#message = event.message;
    else {
      if (before === null) throw new Error(`The first event is of type ${event.type}.`);
      if (hasGap(before, event)) throw new Error(`A gap before ${JSON.stringify(event)}.`);
      this.#message = applyEvent(before, event);
      if (this.#message === before)
        throw new Error(`Came twice: ${JSON.stringify(event)} at ${before.content.length}`);
    }
    if (before !== null && this.#message.content.length < before.content.length)
      throw new Error(`The text shrank from ${before.content.length} by ${event.type}.`);
    this.#lastEventId = id;
    this.received.push({ id, event });
  }
}

export const hasText =
  (text: string) =>
  (message: ChatMessage): boolean =>
    message.content === text;
