import type { NodeLLMCore } from "@node-llm/core";
import { z as zod3 } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { useQuery } from "@tanstack/react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z as zod4 } from "zod";

import { createChatHooks } from "node-llm-trpc/react";
import type { JsonValue } from "node-llm-trpc/server";
import { createChatRouter, defineTool } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";

declare const prisma: PrismaClient;
declare const llm: NodeLLMCore;

const plain = initTRPC.context<{ userId: string }>().create();
const rich = initTRPC.context<{ userId: string }>().create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
});

const look = defineTool({
  name: "look",
  description: "",
  inputSchema: zod4.object({ at: zod4.string() }),
  execute: () => ({ seen: true }),
});

interface Stored {
  readonly stars: number;
}
interface Given {
  readonly stars: string | number;
}

const plainRouter = plain.router({
  chat: createChatRouter({
    procedure: plain.procedure,
    prisma,
    llm,
    scope: "everyone",
    tools: [look],
    data: { chart: zod4.object({ points: zod4.array(zod4.number()) }) },
    metadata: zod4.object({ stars: zod4.number() }),
    onFinish: ({ ctx, chat, message, usage }) => {
      expectTypeOf(ctx?.userId).toEqualTypeOf<string | undefined>();
      expectTypeOf(usage.inputTokens).toEqualTypeOf<number | null>();
      expectTypeOf(chat.metadata?.stars).toEqualTypeOf<number | undefined>();
      expectTypeOf(message.metadata?.stars).toEqualTypeOf<number | undefined>();
      for (const call of message.toolCalls)
        if (call.status === "complete") expectTypeOf(call.output.seen).toEqualTypeOf<boolean>();
      return { metadata: { stars: 1 } };
    },
  }),
});
const richRouter = rich.router({
  chat: createChatRouter({
    procedure: rich.procedure,
    prisma,
    llm,
    scope: "everyone",
    metadata: zod3.object({ stars: zod3.number() }),
    onFinish: ({ message }) => {
      expectTypeOf(message.metadata?.stars).toEqualTypeOf<number | undefined>();
    },
  }),
});
const looseRouter = plain.router({
  chat: createChatRouter({ procedure: plain.procedure, prisma, llm, scope: "everyone" }),
});

type Plain = typeof plainRouter;
type Rich = typeof richRouter;
declare const plainClient: TRPCClient<Plain>;
declare const richClient: TRPCClient<Rich>;
declare const looseClient: TRPCClient<typeof looseRouter>;
const react = createTRPCReact<Rich>();
const plainReact = createTRPCReact<Plain>();
const plainContext = createTRPCContext<Plain>();
const richContext = createTRPCContext<Rich>();

const plainHooks = createChatHooks(() => plainClient.chat);
const richHooks = createChatHooks(() => richClient.chat);
const plainReactHooks = createChatHooks(() => plainReact.useUtils().client.chat);
const reactHooks = createChatHooks(() => react.useUtils().client.chat);
const plainTanstackHooks = createChatHooks(() => plainContext.useTRPCClient().chat);
const tanstackHooks = createChatHooks(() => richContext.useTRPCClient().chat);
const looseHooks = createChatHooks(() => looseClient.chat);

test("metadata has the type of the schema in every client, with both zods", async () => {
  type PlainMessage = inferRouterOutputs<Plain>["chat"]["messages"]["items"][number];
  type RichMessage = inferRouterOutputs<Rich>["chat"]["messages"]["items"][number];
  expectTypeOf<NonNullable<PlainMessage["metadata"]>["stars"]>().toEqualTypeOf<number>();
  expectTypeOf<NonNullable<RichMessage["metadata"]>["stars"]>().toEqualTypeOf<number>();
  const chat = await plainClient.chat.create.mutate({ metadata: { stars: 1 } });
  expectTypeOf(chat.metadata?.stars).toEqualTypeOf<number | undefined>();
  // @ts-expect-error it has another type
  await plainClient.chat.create.mutate({ metadata: { stars: "1" } });
  // @ts-expect-error it has another type
  await plainClient.chat.update.mutate({ chatId: "", metadata: { stars: "1" } });
  // @ts-expect-error it has another type
  await plainClient.chat.send.mutate({ chatId: "", content: "", metadata: { stars: "1" } });
  const newChat = { metadata: { stars: "1" } };
  // @ts-expect-error it has another type
  await plainClient.chat.send.mutate({ newChat, content: "" });
  const input = { chatId: "" };
  const caller = plainRouter.createCaller({ userId: "" });
  const richCaller = richRouter.createCaller({ userId: "" });
  for (const items of [
    (await plainClient.chat.messages.query(input)).items,
    (await richClient.chat.messages.query(input)).items,
    plainReact.chat.messages.useQuery(input).data?.items,
    react.chat.messages.useQuery(input).data?.items,
    useQuery(plainContext.useTRPC().chat.messages.queryOptions(input)).data?.items,
    useQuery(richContext.useTRPC().chat.messages.queryOptions(input)).data?.items,
    (await caller.chat.messages(input)).items,
    (await richCaller.chat.messages(input)).items,
  ] as const)
    expectTypeOf(items?.[0]?.metadata?.stars).toEqualTypeOf<number | undefined>();
  const sent = await caller.chat.send({ chatId: "", content: "", metadata: { stars: 1 } });
  expectTypeOf(sent.userMessage.metadata?.stars).toEqualTypeOf<number | undefined>();
});

test("metadata has the type of the schema in every hook", () => {
  for (const { useChat, useChatList } of [
    plainHooks,
    richHooks,
    plainReactHooks,
    reactHooks,
    plainTanstackHooks,
    tanstackHooks,
  ] as const) {
    const { messages, sendMessage } = useChat({ newChat: { metadata: { stars: 1 } } });
    expectTypeOf(messages[0]?.metadata?.stars).toEqualTypeOf<number | undefined>();
    void sendMessage({ content: "", metadata: { stars: 1 } });
    // @ts-expect-error it has another type
    void sendMessage({ content: "", metadata: { stars: "1" } });
    const { chats, createChat } = useChatList();
    expectTypeOf(chats[0]?.metadata?.stars).toEqualTypeOf<number | undefined>();
    // @ts-expect-error it has another type
    void createChat({ metadata: { stars: "1" } });
  }
  const { messages, sendMessage } = looseHooks.useChat();
  expectTypeOf(messages[0]?.metadata?.["any"]).toEqualTypeOf<JsonValue | undefined>();
  void sendMessage({ content: "", metadata: { any: [1, { thing: null }] } });
  // @ts-expect-error a function is no JSON
  void sendMessage({ content: "", metadata: { any: () => 1 } });
});

test("JSON Schema, which would check nothing, is a compile error", () => {
  const options = { procedure: plain.procedure, prisma, llm, scope: "everyone" } as const;
  // @ts-expect-error it is no schema of a library
  const router = createChatRouter({ ...options, metadata: { type: "object" } });
  expectTypeOf(router).toHaveProperty("send");
});

test("a schema that changes what it gets has two types", () => {
  const router = plain.router({
    chat: createChatRouter({
      procedure: plain.procedure,
      prisma,
      llm,
      scope: "everyone",
      metadata: zod4.object({
        stars: zod4.union([zod4.string(), zod4.number()]).transform(Number),
      }),
      // @ts-expect-error `onFinish` returns what the schema takes
      onFinish: () => ({ metadata: { stars: true } }),
    }),
  });
  const client = {} as TRPCClient<typeof router>;
  const { useChat } = createChatHooks(() => client.chat);
  const { messages, sendMessage } = useChat();
  expectTypeOf(messages[0]?.metadata?.stars).toEqualTypeOf<Stored["stars"] | undefined>();
  const metadata: Pick<Given, "stars"> = { stars: "1" };
  void sendMessage({ content: "", metadata: { stars: metadata.stars } });
});

test("onData has the types of the router's data", () => {
  plainHooks.useChat({
    onFinish: ({ message }) => {
      expectTypeOf(message.metadata?.stars).toEqualTypeOf<number | undefined>();
    },
    onData: ({ part, messageId }) => {
      expectTypeOf(messageId).toEqualTypeOf<string>();
      expectTypeOf(part.name).toEqualTypeOf<"chart">();
      expectTypeOf(part.data.points).toEqualTypeOf<number[]>();
    },
  });
});
