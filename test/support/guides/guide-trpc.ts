import type { IncomingMessage } from "node:http";

import { initTRPC, TRPCError } from "@trpc/server";

import type { User } from "../../docs-app/server/trpc.ts";

/** The header `x-user` says who calls; an admin is called "admin". Without it, it is Ada. */
function createContext({ req }: { readonly req: IncomingMessage }): {
  user: User;
  userId: string;
} {
  const id = String(req.headers["x-user"] ?? "ada");
  return { user: { id, name: id, isAdmin: id === "admin" }, userId: id };
}

const t = initTRPC.context<typeof createContext>().create();

/** What `server/trpc` of `test/docs-app` declares. */
export const guideTrpc = {
  t,
  createContext,
  router: t.router,
  protectedProcedure: t.procedure.use(({ ctx, next }) => {
    if (ctx.user.id === "nobody") throw new TRPCError({ code: "UNAUTHORIZED" });
    return next();
  }),
};
