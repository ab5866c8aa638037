import type { NodeLLMCore } from "@node-llm/core";
import { z as zod3 } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z as zod4 } from "zod";

import type { ChatMessage } from "node-llm-trpc/react";
import { createChatHooks, messageParts } from "node-llm-trpc/react";
import type { JsonValue } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";

declare const prisma: PrismaClient;
declare const llm: NodeLLMCore;

const plain = initTRPC.context<{ userId: string }>().create();
const rich = initTRPC.context<{ userId: string }>().create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
});

const plainRouter = plain.router({
  chat: createChatRouter({
    procedure: plain.procedure,
    prisma,
    llm,
    scope: "everyone",
    schema: zod4.object({
      title: zod4.string(),
      at: zod4.string().transform((text) => new Date(text)),
      steps: zod4.array(zod4.object({ minutes: zod4.number() })),
    }),
    onFinish: ({ message }) => {
      if (message.status === "complete")
        expectTypeOf(message.object?.title).toEqualTypeOf<string | undefined>();
    },
  }),
});
const richRouter = rich.router({
  chat: createChatRouter({
    procedure: rich.procedure,
    prisma,
    llm,
    scope: "everyone",
    schema: zod3.object({
      title: zod3.string(),
      at: zod3.string(),
      steps: zod3.array(zod3.object({ minutes: zod3.number() })),
    }),
  }),
});
const looseRouter = plain.router({
  chat: createChatRouter({ procedure: plain.procedure, prisma, llm, scope: "everyone" }),
});

type Plain = typeof plainRouter;
type Rich = typeof richRouter;
declare const plainClient: TRPCClient<Plain>;
declare const looseClient: TRPCClient<typeof looseRouter>;
const react = createTRPCReact<Rich>();
const { useTRPCClient } = createTRPCContext<Rich>();

const plainHooks = createChatHooks(() => plainClient.chat);
const reactHooks = createChatHooks(() => react.useUtils().client.chat);
const tanstackHooks = createChatHooks(() => useTRPCClient().chat);
const looseHooks = createChatHooks(() => looseClient.chat);

test("the object has the type of the schema in every client, with both zods", async () => {
  type PlainMessage = inferRouterOutputs<Plain>["chat"]["messages"]["items"][number];
  type RichMessage = inferRouterOutputs<Rich>["chat"]["messages"]["items"][number];
  for (const message of [] as (PlainMessage | RichMessage)[]) {
    if (message.status === "complete") {
      if (message.object === null) continue;
      expectTypeOf(message.object.title).toEqualTypeOf<string>();
      expectTypeOf(message.object.at).toEqualTypeOf<string>();
      expectTypeOf(message.object.steps[0]?.minutes).toEqualTypeOf<number | undefined>();
    } else {
      expectTypeOf(message.object?.title).toEqualTypeOf<string | undefined>();
      // @ts-expect-error it may be missing yet
      void message.object?.title.length;
    }
  }
  const caller = plainRouter.createCaller({ userId: "" });
  const sent = await caller.chat.send({ chatId: "", content: "" });
  expectTypeOf(sent.assistantMessage.object?.title).toEqualTypeOf<string | undefined>();
  for await (const { data } of await caller.chat.stream({ messageId: "" })) {
    if (data.type === "object")
      expectTypeOf(data.object?.title).toEqualTypeOf<string | undefined>();
    if (data.type === "done" && data.message.status === "complete")
      expectTypeOf(data.message.object?.steps).toEqualTypeOf<{ minutes: number }[] | undefined>();
  }
});

test("the object has the type of the schema in every hook", () => {
  for (const { useChat } of [plainHooks, reactHooks, tanstackHooks] as const) {
    const { messages } = useChat({
      onFinish: ({ message }) => {
        if (message.status === "complete")
          expectTypeOf(message.object?.title).toEqualTypeOf<string | undefined>();
      },
    });
    const [message] = messages;
    if (message === undefined) return;
    messageParts(message);
    expectTypeOf(message.object?.title).toEqualTypeOf<string | undefined>();
    if (message.status === "complete")
      expectTypeOf(message.object?.steps[0]?.minutes).toEqualTypeOf<number | undefined>();
    // @ts-expect-error it may be missing yet
    else void message.object?.steps.length;
    // @ts-expect-error the schema has no such field
    void message.object?.other;
  }
});

test("a router without a schema has plain messages", () => {
  const { messages } = looseHooks.useChat();
  expectTypeOf(messages[0]?.object).toEqualTypeOf<JsonValue | undefined>();
  expectTypeOf(messages).toExtend<readonly ChatMessage[]>();
});
