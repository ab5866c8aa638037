import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { NodeLLMCore } from "@node-llm/core";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPServer } from "node-llm-trpc/adapters/standalone";

import type { ChatRouterOptions } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";

interface Context {
  readonly userId: string | null;
}

export type AppRouterOptions = Partial<Omit<ChatRouterOptions<{ userId: string }>, "prisma">>;

/** Creates the router of an app that has users and a chat. */
export function createAppRouter(
  prisma: PrismaClient,
  llm: NodeLLMCore,
  options: AppRouterOptions = {},
) {
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

/** Serves the app on a free port. The header `x-user` names the caller. */
export async function listen(
  router: AppRouter,
  onError: (error: TRPCError) => void = () => undefined,
): Promise<{ server: Server; url: string }> {
  const server: Server = createHTTPServer({
    router,
    onError: ({ error }) => onError(error),
    createContext: ({ req }) => {
      const user = req.headers["x-user"];
      return { userId: typeof user === "string" ? user : null };
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}
