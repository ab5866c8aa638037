import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";

import type { ChatHub } from "node-llm-trpc/server";
import { createMemoryHub } from "node-llm-trpc/server";
import type { ScriptedProvider } from "node-llm-trpc/testing";
import { ChatService } from "../../../src/server/chat-service.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { connected, connectHub } from "./connect-hub.ts";
import { loadBrokerHub } from "./load-broker-hub.ts";
import type { RedisServer } from "./redis-server.ts";
import { unlimited } from "./unlimited.ts";
import { tool } from "../providers/tool.ts";

/** How a reader gets an answer: in the producer's process, through Redis, or only from the database. */
export const hubKinds = ["memory", "redis", "database"] as const;
/** The same, and through the hub that `docs/hubs.md` shows. */
export const allHubKinds = [...hubKinds, "broker"] as const;
export type HubKind = (typeof allHubKinds)[number];

export type Instance = ChatService<null>;

export interface Instances {
  readonly producer: Instance;
  readonly reader: Instance;
  readonly hubs: { readonly producer: ChatHub; readonly reader: ChatHub };
}

/** Starts two instances of an app on one database, or one that is both. */
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

function startInstance(prisma: TestDatabase["prisma"], llm: NodeLLMCore, hub: ChatHub): Instance {
  const tools = [tool("look", async () => "a thing"), tool("remove", async () => "removed")];
  const needsApproval = ["remove"];
  return new ChatService<null>({
    prisma,
    llm,
    scope: "everyone",
    hub,
    tools,
    needsApproval,
    limits: unlimited,
    onError: () => undefined,
  });
}
