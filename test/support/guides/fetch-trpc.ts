import { initTRPC } from "@trpc/server";

import type { User } from "../../docs-app/server/trpc.ts";

/** What `server/trpc` of `test/docs-app` declares, for a route. The header `x-user` says who calls. */
export async function createContext({ req }: { req: Request }): Promise<{ user: User }> {
  const id = req.headers.get("x-user") ?? "ada";
  return { user: { id, name: id, isAdmin: false } };
}

const t = initTRPC.context<typeof createContext>().create();
export const router = t.router;
export const protectedProcedure = t.procedure;
