import { createChatRouter } from "node-llm-trpc/server";
import { llm } from "./llm.ts";
import { prisma } from "./prisma.ts";
import { protectedProcedure, router } from "./trpc.ts";

export const appRouter = router({
  chat: createChatRouter({
    procedure: protectedProcedure,
    prisma,
    llm,
    scope: ({ ctx }) => ({ userId: ctx.user.id }),
  }),
});

export type AppRouter = typeof appRouter;
