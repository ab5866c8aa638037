import type { NodeLLMCore } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { initTRPC, TRPCError } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";

import { createChatHooks } from "node-llm-trpc/react";
import type { ChatEvent, ChatMessage, ChatNotice, ChatToolCall } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";

declare const prisma: PrismaClient;
declare const llm: NodeLLMCore;

const plain = initTRPC.create();
const rich = initTRPC
  .context<{ user: { id: string } | null }>()
  .meta<{ audited: boolean }>()
  .create({
    transformer: superjson,
    errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
  });
const protectedProcedure = rich.procedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: "UNAUTHORIZED" });
  return next({ ctx: { user: ctx.user } });
});

const plainRouter = plain.router({
  chat: createChatRouter({ procedure: plain.procedure, prisma, llm, scope: "everyone" }),
});
const richRouter = rich.router({
  ai: rich.router({
    chat: createChatRouter({
      procedure: protectedProcedure,
      prisma,
      llm,
      // The middleware has taken null away.
      scope: ({ ctx }) => ({ userId: ctx.user.id }),
      beforeSend: ({ ctx }) => {
        expectTypeOf(ctx.user.id).toBeString();
      },
    }),
  }),
});
type Plain = typeof plainRouter;
type Rich = typeof richRouter;

test("the router is typed over the app's builder", () => {
  type Outputs = inferRouterOutputs<Rich>["ai"]["chat"];
  expectTypeOf<Outputs["send"]["assistantMessage"]>().toEqualTypeOf<
    ChatMessage<ChatToolCall, never>
  >();
  expectTypeOf<Outputs["messages"]["items"]>().toEqualTypeOf<
    readonly ChatMessage<ChatToolCall, never>[]
  >();
  type Inputs = inferRouterInputs<Plain>["chat"];
  expectTypeOf<Inputs["stop"]>().toEqualTypeOf<{ messageId: string }>();
});

test("what createCaller yields from stream and watch has the fields of its type", async () => {
  const { chat } = plainRouter.createCaller({});
  const { ai } = richRouter.createCaller({ user: null });
  for (const caller of [chat, ai.chat]) {
    for await (const { id, data } of await caller.stream({ messageId: "", lastEventId: "" })) {
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(data).toExtend<ChatEvent>();
      expectTypeOf(data.type).toEqualTypeOf<Exclude<ChatEvent["type"], "data">>();
    }
    for await (const { id, data } of await caller.watch({ chatId: "", lastEventId: "" })) {
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(data).toEqualTypeOf<ChatNotice>();
      if (data.type === "state") expectTypeOf(data.newestId).toEqualTypeOf<string | null>();
      // @ts-expect-error only some notices have it
      void data.messageId;
    }
    // @ts-expect-error a chat is watched
    void caller.watch({ messageId: "" });
  }
});

test("refuses options that do not fit", () => {
  const router = createChatRouter({
    procedure: protectedProcedure,
    prisma,
    llm,
    // @ts-expect-error the context has no such member
    scope: ({ ctx }) => ({ userId: ctx.session.id }),
  });
  expectTypeOf(router).toHaveProperty("send");
  // @ts-expect-error there is no database
  createChatRouter({ procedure: plain.procedure, llm, scope: "everyone" });
});

test("takes a scope that says something, and no other", () => {
  // What `JSON.parse` returns is any, as in many sessions.
  type Loose = ReturnType<typeof JSON.parse>;
  const { procedure } = initTRPC.context<{ id: string; maybe?: string; loose: Loose }>().create();
  const common = { procedure, prisma, llm };
  expectTypeOf(createChatRouter({ ...common, scope: "everyone" })).toHaveProperty("send");
  createChatRouter({ ...common, scope: ({ ctx }) => ({ userId: ctx.id }) });
  createChatRouter({ ...common, scope: () => ({ a: "", b: 1, c: 1n, d: false }) });
  // @ts-expect-error a scope is required
  createChatRouter(common);
  // @ts-expect-error required in words, too
  createChatRouter({ ...common, scope: undefined });
  // @ts-expect-error not a word that it knows
  createChatRouter({ ...common, scope: "nobody" });
  // @ts-expect-error no columns
  createChatRouter({ ...common, scope: () => ({}) });
  // @ts-expect-error nothing
  createChatRouter({ ...common, scope: () => undefined });
  // @ts-expect-error null
  createChatRouter({ ...common, scope: () => null });
  // @ts-expect-error a text
  createChatRouter({ ...common, scope: ({ ctx }) => ctx.id });
  // @ts-expect-error a list
  createChatRouter({ ...common, scope: ({ ctx }) => [ctx.id] });
  // @ts-expect-error a promise
  createChatRouter({ ...common, scope: async ({ ctx }) => ({ userId: ctx.id }) });
  // @ts-expect-error a column that may be undefined
  createChatRouter({ ...common, scope: ({ ctx }) => ({ userId: ctx.maybe }) });
  // @ts-expect-error a column that is null
  createChatRouter({ ...common, scope: () => ({ userId: null }) });
  // @ts-expect-error an operator
  createChatRouter({ ...common, scope: () => ({ userId: { not: "" } }) });
  // @ts-expect-error a column that callers set
  createChatRouter({ ...common, scope: ({ ctx }) => ({ title: ctx.id }) });
  // @ts-expect-error a column that the router sets, beside one of the app
  createChatRouter({ ...common, scope: ({ ctx }) => ({ userId: ctx.id, id: ctx.id }) });
  // @ts-expect-error a date
  createChatRouter({ ...common, scope: () => ({ userId: new Date() }) });
  // @ts-expect-error any
  createChatRouter({ ...common, scope: ({ ctx }) => ctx.loose });
  // @ts-expect-error a column that is any
  createChatRouter({ ...common, scope: ({ ctx }) => ({ userId: ctx.loose }) });
});

test("the hooks take its client from every integration", () => {
  const plainClient = {} as TRPCClient<Plain>;
  const richClient = {} as TRPCClient<Rich>;
  const plainReact = createTRPCReact<Plain>();
  const richReact = createTRPCReact<Rich>();
  const { useTRPCClient } = createTRPCContext<Rich>();
  const hooks = createChatHooks(() => plainClient.chat);
  expectTypeOf(hooks.useChat).returns.toHaveProperty("messages");
  createChatHooks(() => richClient.ai.chat);
  createChatHooks(() => plainReact.useUtils().client.chat);
  createChatHooks(() => richReact.useUtils().client.ai.chat);
  createChatHooks(() => useTRPCClient().ai.chat);
  // @ts-expect-error not the chat router
  createChatHooks(() => richClient.ai);
});
