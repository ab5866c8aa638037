import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChatHub } from "node-llm-trpc/server";
import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { readExample } from "../project/read-markdown-pages.ts";

/** The example's broker. */
interface Broker {
  publish(channel: string, message: string): void;
  subscribe(channel: string, onMessage: (message: string) => void): () => void;
}

/** Loads the hub that `docs/hubs.md` shows; the hubs that it then makes share one broker. */
export async function loadBrokerHub(): Promise<(retention: number) => ChatHub> {
  await mkdir(join(projectRoot, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, ".cache/hub-"));
  try {
    const path = join(folder, "create-broker-hub.ts");
    const example = await readExample("docs/hubs.md", "server/create-broker-hub.ts");
    // Paths of the TypeScript configuration do not apply in this folder.
    const server = join(projectRoot, "src/server/index.ts");
    await writeFile(path, example.replaceAll('"node-llm-trpc/server"', JSON.stringify(server)));
    // The example exports it.
    const { createBrokerHub } = (await import(path)) as {
      createBrokerHub: (broker: Broker, retention: number) => ChatHub;
    };
    const broker = createBroker();
    return (retention) => createBrokerHub(broker, retention);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A broker in memory. It delivers a little later, as one on a network does. */
function createBroker(): Broker {
  const channels = new Map<string, Set<(message: string) => void>>();
  return {
    publish: (channel, message) => {
      setImmediate(() => {
        for (const onMessage of channels.get(channel) ?? []) onMessage(message);
      });
    },
    subscribe: (channel, onMessage) => {
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(onMessage));
      return () => void listeners.delete(onMessage);
    },
  };
}
