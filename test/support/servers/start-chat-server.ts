import type { NodeLLMCore } from "@node-llm/core";
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from "@trpc/client";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { afterEach } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import type { AppRouter, AppRouterOptions } from "./create-app-router.ts";
import { createAppRouter, listen } from "./create-app-router.ts";

export interface ChatServer {
  readonly url: string;
  /** Creates a client for one user, or for a caller who has not signed in. */
  client(userId?: string): TRPCClient<AppRouter>;
  /** Creates a user's client over a WebSocket. */
  webSocketClient(userId: string): TRPCClient<AppRouter>;
  /** Breaks all connections. New ones work. */
  drop(): void;
  close(): Promise<void>;
}

const servers: ChatServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Starts one instance of an app with a chat router, on a free port, until the test ends. */
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
    // The `ws` package has everything of the browser's WebSocket that tRPC uses.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 20,
  });
  closing.push(() => void client.close());
  return createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
}
