import type { ChatHub } from "node-llm-trpc/server";
import { importExample } from "../project/import-example.ts";

/** The example's broker. */
interface Broker {
  publish(channel: string, message: string): void;
  subscribe(channel: string, onMessage: (message: string) => void): () => void;
}

interface Example {
  readonly createBrokerHub: (broker: Broker, retention: number) => ChatHub;
}

/** Loads the hub that `docs/hubs.md` shows. The hubs that the result creates share one broker. */
export async function loadBrokerHub(): Promise<(retention: number) => ChatHub> {
  const { createBrokerHub } = await importExample<Example>(
    "docs/hubs.md",
    "server/create-broker-hub.ts",
  );
  const broker = createBroker();
  return (retention) => createBrokerHub(broker, retention);
}

/** A broker in memory. It delivers with a short delay, as a broker on a network does. */
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
