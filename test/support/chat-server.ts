import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { NodeLLMCore } from "@node-llm/core";
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  wsLink,
} from "@trpc/client";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { EventSource } from "eventsource";
import { afterEach } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { ChatEvent, ChatRouterOptions } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";

interface Context {
  readonly userId: string | null;
}

type Options = Partial<Omit<ChatRouterOptions<{ userId: string }>, "llm" | "prisma">>;

function createAppRouter(prisma: PrismaClient, llm: NodeLLMCore, options: Options) {
  const t = initTRPC.context<Context>().create({
    sse: {
      ping: { enabled: true, intervalMs: 3000 },
      client: { reconnectAfterInactivityMs: 8000 },
    },
  });
  const procedure = t.procedure.use(({ ctx, next }) => {
    if (ctx.userId === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "Sign in." });
    return next({ ctx: { userId: ctx.userId } });
  });
  return t.router({
    chat: createChatRouter({
      procedure,
      prisma,
      llm,
      scope: ({ ctx }) => ({ userId: ctx.userId }),
      ...options,
    }),
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

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
  options: Options = {},
): Promise<ChatServer> {
  const router = createAppRouter(prisma, llm, options);
  const http = createHTTPServer({
    router,
    createContext: ({ req }) => {
      const user = req.headers["x-user"];
      return { userId: typeof user === "string" ? user : null };
    },
  });
  const server: Server = http;
  const sockets = new WebSocketServer({ server });
  applyWSSHandler({
    wss: sockets,
    router,
    createContext: ({ info }) => ({ userId: info.connectionParams?.["user"] ?? null }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const closing: (() => void)[] = [];
  const chatServer: ChatServer = {
    url,
    client: (userId) => createClient(url, userId),
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

function createClient(url: string, userId: string | undefined): TRPCClient<AppRouter> {
  const headers: Record<string, string> = userId === undefined ? {} : { "x-user": userId };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: () => ({
            fetch: (input: string | URL, init: RequestInit) =>
              fetch(input, {
                ...init,
                headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) },
              }),
          }),
        }),
        false: httpBatchLink({ url, headers }),
      }),
    ],
  });
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
