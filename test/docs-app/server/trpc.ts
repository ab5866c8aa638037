import { initTRPC, TRPCError } from "@trpc/server";

export interface User {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export declare function createContext(): Promise<{ user: User | null }>;

export const t = initTRPC.context<typeof createContext>().create();

export const router = t.router;
export const protectedProcedure = t.procedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: "UNAUTHORIZED" });
  return next({ ctx: { user: ctx.user } });
});
