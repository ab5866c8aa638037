import { createLLM } from "@node-llm/core";

import type { ChatHub } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import type { ScriptedProvider } from "node-llm-trpc/testing";
import { ChatService } from "../../../src/server/chat-service.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { connected, connectHub } from "./connect-hub.ts";
import { loadBrokerHub } from "./load-broker-hub.ts";
import type { RedisServer } from "./redis-server.ts";
import type { Instance } from "./serve-instance.ts";
import { serveInstance } from "./serve-instance.ts";
import { unlimited } from "./unlimited.ts";
import { tool } from "../providers/tool.ts";

/** How a reader gets an answer: in the producer's process, through Redis, or only from the database. */
export const hubKinds = ["memory", "redis", "database"] as const;
/** The same, and through the hub that `docs/hubs.md` shows. */
export const allHubKinds = [...hubKinds, "broker"] as const;
export type HubKind = (typeof allHubKinds)[number];

/** How a test uses an instance: by calls in its own process, or over HTTP through this package's adapter. */
export const transports = ["calls", "HTTP"] as const;
export type Transport = (typeof transports)[number];

export type { Instance };

export interface Instances {
  readonly producer: Instance;
  readonly reader: Instance;
  readonly hubs: { readonly producer: ChatHub; readonly reader: ChatHub };
  /** Closes their servers and all connections to them. To be called before their database is removed. */
  readonly close: () => Promise<void>;
}

/** Starts two instances of an app on one database, or one that is both. */
export async function startInstances(
  kind: HubKind,
  database: TestDatabase,
  provider: ScriptedProvider,
  options: { redis: RedisServer; over?: Transport; retention?: number; awaitRedis?: boolean },
): Promise<Instances> {
  const { redis, over = "calls", retention = 60_000, awaitRedis = true } = options;
  const createBrokerHub = kind === "broker" ? await loadBrokerHub() : null;
  const createHub = (): ChatHub => {
    if (createBrokerHub !== null) return createBrokerHub(retention);
    return kind === "redis" ? connectHub(redis, retention) : createMemoryHub({ retention });
  };
  const hubs = { producer: createHub(), reader: createHub() };
  if (kind === "redis" && awaitRedis) await connected(hubs.producer, hubs.reader);
  const llm = createLLM({ provider });
  const closing: (() => Promise<void>)[] = [];
  const start = async (prisma: TestDatabase["prisma"], hub: ChatHub): Promise<Instance> => {
    const shared = { ...sharedOptions(), hub };
    if (over === "calls")
      return new ChatService<null>({ ...shared, prisma, llm, scope: "everyone" });
    const { instance, close } = await serveInstance(prisma, llm, shared);
    closing.push(close);
    return instance;
  };
  const producer = await start(database.prisma, hubs.producer);
  const reader = kind === "memory" ? producer : await start(database.connect(), hubs.reader);
  const close = async (): Promise<void> => {
    for (const closeOne of closing.splice(0)) await closeOne();
  };
  return { producer, reader, hubs, close };
}

function sharedOptions() {
  return {
    tools: [tool("look", async () => "a thing"), tool("remove", async () => "removed")],
    needsApproval: ["remove"],
    limits: unlimited,
    onError: () => undefined,
  };
}
