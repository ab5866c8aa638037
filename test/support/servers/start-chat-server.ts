import type { NodeLLMCore } from "@node-llm/core";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { afterEach } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { ChatEvent } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import type { AppRouter, AppRouterOptions } from "./create-app-router.ts";
import { createAppRouter, listen } from "./create-app-router.ts";

export interface ChatServer {
  readonly url: string;
  /** A client of a user; without one, of nobody. */
  client(userId?: string): TRPCClient<AppRouter>;
  /** A user's client over a WebSocket. */
  webSocketClient(userId: string): TRPCClient<AppRouter>;
  /** Breaks all connections; new ones work. */
  drop(): void;
  close(): Promise<void>;
}

const servers: ChatServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** One instance of an app with a chat router, on a port of its own. Ends with the test. */
export async function startChatServer(
  prisma: PrismaClient,
  llm: NodeLLMCore,
  options: AppRouterOptions = {},
): Promise<ChatServer> {
  const router = createAppRouter(prisma, llm, options);
  const { server, url } = await listen(router);
  const sockets = new WebSocketServer({ server });
  applyWSSHandler({
    wss: sockets,
    router,
    createContext: ({ info }) => ({ userId: info.connectionParams?.["user"] ?? null }),
  });
  const closing: (() => void)[] = [];
  const chatServer: ChatServer = {
    url,
    client: (userId) => createAppClient(url, userId),
    webSocketClient: (userId) => createWebSocketClient(url, userId, closing),
    drop: () => {
      server.closeAllConnections();
      for (const socket of sockets.clients) socket.terminate();
    },
    close: async () => {
      for (const close of closing) close();
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  servers.push(chatServer);
  return chatServer;
}

function createWebSocketClient(
  url: string,
  user: string,
  closing: (() => void)[],
): TRPCClient<AppRouter> {
  const client = createWSClient({
    url: url.replace("http", "ws"),
    connectionParams: { user },
    // Node's package has all that the browser's type names and tRPC uses.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 20,
  });
  closing.push(() => void client.close());
  return createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
}

export interface ReceivedEvent {
  readonly id: string;
  readonly event: ChatEvent;
}

/** Reads an answer's events until `until` is true, or the stream ends. */
export function readStream(
  client: TRPCClient<AppRouter>,
  input: { messageId: string; lastEventId?: string },
  until: (event: ChatEvent) => boolean = () => false,
): Promise<ReceivedEvent[]> {
  return new Promise((resolve, reject) => {
    const events: ReceivedEvent[] = [];
    const subscription = client.chat.stream.subscribe(input, {
      onData: ({ id, data }) => {
        events.push({ id, event: data });
        if (!until(data)) return;
        subscription.unsubscribe();
        resolve(events);
      },
      onComplete: () => resolve(events),
      onError: reject,
    });
  });
}
