import type { NodeLLMCore } from "@node-llm/core";
import { Tool, z as zod3 } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { useQuery } from "@tanstack/react-query";
import { createTRPCContext, useSubscription } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z as zod4 } from "zod";

import { createChatHooks, messageParts } from "node-llm-trpc/react";
import type { ChatMessage, ChatToolCall, JsonValue } from "node-llm-trpc/server";
import { createChatRouter, createToolFactory, defineTool } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { known } from "../../../test/support/known.ts";

interface Context {
  readonly user: { readonly id: string };
}

declare const prisma: PrismaClient;
declare const llm: NodeLLMCore;

const plain = initTRPC.context<Context>().create();
const rich = initTRPC.context<Context>().create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
});

const tool = createToolFactory<Context>();

/** With zod 4, a schema of the output, and a context. */
const weather4 = tool({
  name: "get_weather",
  description: "",
  inputSchema: zod4.object({ city: zod4.string(), days: zod4.number().default(1) }),
  outputSchema: zod4.object({ celsius: zod4.number() }),
  needsApproval: (input, { ctx }) => {
    expectTypeOf(input).toEqualTypeOf<{ city: string; days: number }>();
    return ctx.user.id === "";
  },
  execute: async ({ city, days }, { ctx, signal, chatId, messageId, toolCallId }) => {
    expectTypeOf(city).toBeString();
    expectTypeOf(days).toBeNumber();
    expectTypeOf(ctx.user.id).toBeString();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf([chatId, messageId, toolCallId]).toEqualTypeOf<string[]>();
    return { celsius: 3 };
  },
  toModelOutput: ({ celsius }) => `${celsius.toFixed()} °C`,
});

/** The same with zod 3.25. */
const weather3 = tool({
  name: "get_weather",
  description: "",
  inputSchema: zod3.object({ city: zod3.string(), days: zod3.number().default(1) }),
  outputSchema: zod3.object({ celsius: zod3.number() }),
  execute: async ({ city, days }, { ctx }) => {
    expectTypeOf(city).toBeString();
    expectTypeOf(days).toBeNumber();
    expectTypeOf(ctx.user.id).toBeString();
    return { celsius: 3 };
  },
});

/** Without a schema of the output, and without a context. */
const orders = defineTool({
  name: "list_orders",
  description: "",
  inputSchema: zod4.object({ open: zod4.boolean().optional() }),
  execute: ({ open }) => [{ id: "1", at: new Date(), note: open ? "open" : undefined }],
});

const raw = defineTool({
  name: "raw",
  description: "",
  inputSchema: { type: "object", properties: {} },
  execute: (input) => {
    expectTypeOf(input).toEqualTypeOf<{ readonly [key: string]: JsonValue }>();
  },
});

/** Tools that the page runs. */
const locate4 = defineTool({
  name: "locate",
  description: "",
  inputSchema: zod4.object({ precise: zod4.boolean() }),
  outputSchema: zod4.object({ city: zod4.string(), at: zod4.iso.datetime().optional() }),
  toModelOutput: ({ city }) => city,
});
const locate3 = tool({
  name: "locate",
  description: "",
  inputSchema: zod3.object({ precise: zod3.boolean() }),
  outputSchema: zod3.object({ city: zod3.string(), at: zod3.string().optional() }),
  needsApproval: ({ precise }, { ctx }) => precise && ctx.user.id === "",
});
const anything = defineTool({ name: "anything", description: "", inputSchema: zod4.object({}) });

class ClockTool extends Tool {
  override name = "clock";
  override description = "";
  override schema = zod3.object({});
  override execute = async () => "12:00";
}

const plainRouter = plain.router({
  chat: createChatRouter({
    procedure: plain.procedure,
    prisma,
    llm,
    scope: ({ ctx }) => ({ userId: ctx.user.id }),
    tools: [weather4, orders, raw, locate4, ClockTool],
  }),
});
const richRouter = rich.router({
  chat: createChatRouter({
    procedure: rich.procedure,
    prisma,
    llm,
    scope: ({ ctx }) => ({ userId: ctx.user.id }),
    // A function has the same types.
    tools: ({ ctx, chat }) => {
      expectTypeOf(ctx.user.id).toBeString();
      expectTypeOf(chat.title).toEqualTypeOf<string | null>();
      return ctx.user.id === "" ? [weather3, orders] : [raw, locate3, new ClockTool()];
    },
  }),
});
const pageRouter = plain.router({
  chat: createChatRouter({
    procedure: plain.procedure,
    prisma,
    llm,
    scope: "everyone",
    tools: [locate4],
  }),
});
declare const onlyPage: TRPCClient<typeof pageRouter>;
type Plain = typeof plainRouter;
type Rich = typeof richRouter;

declare const plainClient: TRPCClient<Plain>;
declare const richClient: TRPCClient<Rich>;
const plainReact = createTRPCReact<Plain>();
const richReact = createTRPCReact<Rich>();
const plainContext = createTRPCContext<Plain>();
const richContext = createTRPCContext<Rich>();

/** Every message with these tools, from whichever client, narrows in the same way. */
function narrows(call: PlainCall | RichCall): void {
  if (call.name === "get_weather") {
    if (call.status === "complete") {
      expectTypeOf(call.arguments.city).toBeString();
      expectTypeOf(call.arguments.days).toEqualTypeOf<number | undefined>();
      expectTypeOf(call.output.celsius).toBeNumber();
      // @ts-expect-error the output has no such field
      void call.output.fahrenheit;
    } else expectTypeOf(call.output).toBeNull();
    if (call.status === "awaiting_approval") expectTypeOf(call.arguments.city).toBeString();
    // @ts-expect-error the arguments have no such field
    void call.arguments.town;
    // What the model wrote may not fit.
    if (call.status === "error")
      expectTypeOf(call.arguments.city).toEqualTypeOf<JsonValue | undefined>();
    expectTypeOf(call.output?.celsius).toEqualTypeOf<number | undefined>();
  } else if (call.name === "list_orders" && call.status === "complete") {
    const [order] = call.output;
    expectTypeOf(order?.at).toEqualTypeOf<string | undefined>();
    expectTypeOf(order?.note).toEqualTypeOf<string | undefined>();
  } else if (call.name === "raw" && call.status === "complete") {
    expectTypeOf(call.output).toBeNull();
  } else if (call.name === "locate") {
    if (call.status === "awaiting_output") {
      expectTypeOf(call.arguments.precise).toBeBoolean();
      expectTypeOf(call.output).toBeNull();
    }
    if (call.status === "complete") expectTypeOf(call.output.city).toBeString();
  }
  const name: string = call.name;
  if (name === "clock") expectTypeOf(call.status).toExtend<string>();
  // @ts-expect-error no tool has this name
  if (call.name === "get_wether") void call; // oxlint-disable-line typescript/no-unsafe-enum-comparison
}
type PlainCall =
  inferRouterOutputs<Plain>["chat"]["messages"]["items"][number]["toolCalls"][number];
type RichCall = inferRouterOutputs<Rich>["chat"]["messages"]["items"][number]["toolCalls"][number];

test("the router, every client and the hooks tell the calls of tools apart by their name", async () => {
  const input = { chatId: "" };
  const page = await plainClient.chat.messages.query(input);
  for (const { toolCalls } of page.items) known(toolCalls).forEach(narrows);
  const richPage = await richClient.chat.messages.query(input);
  for (const { toolCalls } of richPage.items) known(toolCalls).forEach(narrows);
  const { data } = plainReact.chat.messages.useQuery(input);
  known(data?.items[0]?.toolCalls)?.forEach(narrows);
  const { data: richData } = richReact.chat.messages.useQuery(input);
  known(richData?.items[0]?.toolCalls)?.forEach(narrows);
  const { data: optionsData } = useQuery(plainContext.useTRPC().chat.messages.queryOptions(input));
  known(optionsData?.items[0]?.toolCalls)?.forEach(narrows);
  const richOptions = richContext.useTRPC().chat.messages.queryOptions(input);
  known(useQuery(richOptions).data?.items[0]?.toolCalls)?.forEach(narrows);
  const caller = plainRouter.createCaller({ user: { id: "" } });
  known((await caller.chat.messages(input)).items[0]?.toolCalls)?.forEach(narrows);
  for await (const { id, data: event } of await caller.chat.stream({ messageId: "" })) {
    expectTypeOf(id).toBeString();
    if (event.type === "tool") narrows(known(event.toolCall));
  }
  const richCaller = richRouter.createCaller({ user: { id: "" } });
  known((await richCaller.chat.messages(input)).items[0]?.toolCalls)?.forEach(narrows);
  for await (const { data: event } of await richCaller.chat.stream({ messageId: "" }))
    if (event.type === "tool") narrows(known(event.toolCall));
  const sent = await richClient.chat.send.mutate({ chatId: "", content: "" });
  known(sent.assistantMessage.toolCalls).forEach(narrows);

  for (const hooks of [
    createChatHooks(() => plainClient.chat),
    createChatHooks(() => plainReact.useUtils().client.chat),
    createChatHooks(() => plainContext.useTRPCClient().chat),
  ] as const)
    known(hooks.useChat().messages[0]?.toolCalls)?.forEach(narrows);
  for (const hooks of [
    createChatHooks(() => richClient.chat),
    createChatHooks(() => richReact.useUtils().client.chat),
    createChatHooks(() => richContext.useTRPCClient().chat),
  ] as const)
    known(hooks.useChat().messages[0]?.toolCalls)?.forEach(narrows);
});

test("events and parts have the same calls", async () => {
  plainClient.chat.stream.subscribe(
    { messageId: "" },
    { onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)) },
  );
  richClient.chat.stream.subscribe(
    { messageId: "" },
    { onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)) },
  );
  const subscribed = { messageId: "" };
  const plainOptions = plainContext.useTRPC().chat.stream.subscriptionOptions(subscribed, {
    onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)),
  });
  const richOptions = richContext.useTRPC().chat.stream.subscriptionOptions(subscribed, {
    onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)),
  });
  useSubscription(plainOptions);
  useSubscription(richOptions);
  plainReact.chat.stream.useSubscription(subscribed, {
    onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)),
  });
  richReact.chat.stream.useSubscription(subscribed, {
    onData: ({ data }) => data.type === "tool" && narrows(known(data.toolCall)),
  });
  const { useChat } = createChatHooks(() => plainClient.chat);
  const [message] = useChat().messages;
  if (message === undefined) return;
  for (const part of messageParts(message)) {
    if (part.type === "tool") narrows(known(part.toolCall));
    else expectTypeOf(part.text).toBeString();
  }
  for (const part of messageParts(
    (await richClient.chat.messages.query({ chatId: "" })).items[0] ?? message,
  ))
    if (part.type === "tool") narrows(known(part.toolCall));
});

test("the page runs tools with the types of their arguments and outputs", () => {
  const { useChat } = createChatHooks(() => onlyPage.chat);
  const { respondToTool } = useChat({
    onToolCall: ({ toolCall, messageId, signal }) => {
      expectTypeOf(toolCall.status).toEqualTypeOf<"awaiting_output">();
      expectTypeOf(messageId).toBeString();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      if (known(toolCall).name !== "locate") return;
      expectTypeOf(toolCall.arguments.precise).toBeBoolean();
      // @ts-expect-error the arguments have no such field
      void toolCall.arguments.exact;
      return { city: "Oslo" };
    },
  });
  // Nothing, and a promise, fit as well.
  useChat({ onToolCall: () => undefined });
  useChat({
    onToolCall: async ({ toolCall: { toolCallId } }) => {
      await respondToTool({ toolCallId, output: { city: "Oslo" } });
    },
  });
  // @ts-expect-error no tool has such an output
  useChat({ onToolCall: () => ({ town: "Oslo" }) });
  // @ts-expect-error the same
  void respondToTool({ toolCallId: "", output: { town: "Oslo" } });
  // @ts-expect-error a decision or an output
  void respondToTool({ toolCallId: "" });
  void respondToTool({ toolCallId: "", approved: false, reason: "No." });
  for (const client of [plainClient.chat, richClient.chat]) {
    void client.respondToTool.mutate({ messageId: "", toolCallId: "", output: { city: "" } });
    void client.respondToTool.mutate({ messageId: "", toolCallId: "", approved: true });
  }
  for (const untyped of [
    createChatHooks(() => plainClient.chat),
    createChatHooks(() => richReact.useUtils().client.chat),
    createChatHooks(() => plainContext.useTRPCClient().chat),
  ])
    untyped.useChat({ onToolCall: () => "any JSON, as `raw` and the class have no types" });
  expectTypeOf(anything.types.output).toEqualTypeOf<JsonValue>();
});

test("a call of a class does not spoil the others, and has any JSON", () => {
  const narrowed = (call: PlainCall) => (call.name === "get_weather" ? call.name : null);
  expectTypeOf(narrowed).returns.toEqualTypeOf<"get_weather" | null>();
  type Clock = Exclude<PlainCall, { name: "get_weather" | "list_orders" | "raw" | "locate" }>;
  expectTypeOf<Extract<Clock, { status: "complete" }>["output"]>().toEqualTypeOf<JsonValue>();
});

test("a router with untyped tools, or with none, has untyped calls", () => {
  const common = { procedure: plain.procedure, prisma, llm, scope: "everyone" } as const;
  const none = createChatRouter(common);
  const empty = createChatRouter({ ...common, tools: [] });
  const classes = createChatRouter({ ...common, tools: [ClockTool] });
  type Message<Router extends typeof none> = Awaited<
    ReturnType<Router["send"]>
  >["assistantMessage"];
  expectTypeOf<Message<typeof none>>().toEqualTypeOf<ChatMessage<ChatToolCall, never>>();
  expectTypeOf<Message<typeof empty>>().toEqualTypeOf<ChatMessage<ChatToolCall, never>>();
  expectTypeOf<Message<typeof classes>>().toEqualTypeOf<ChatMessage<ChatToolCall, never>>();
});

test("refuses tools that do not fit", () => {
  const common = { procedure: plain.procedure, prisma, llm, scope: "everyone" } as const;
  const needsMore = createToolFactory<{ admin: { level: number } }>()({
    name: "purge",
    description: "",
    inputSchema: zod4.object({}),
    execute: (_input, { ctx }) => ctx.admin.level,
  });
  // @ts-expect-error the context of the router has no `admin`
  const router = createChatRouter({ ...common, tools: [needsMore] });
  expectTypeOf(router).toHaveProperty("send");
  defineTool({
    name: "wrong",
    description: "",
    inputSchema: zod4.object({}),
    outputSchema: zod4.object({ celsius: zod4.number() }),
    // @ts-expect-error not what the schema of the output accepts
    execute: () => ({ celsius: "3" }),
  });
  defineTool({
    name: "misread",
    description: "",
    inputSchema: zod4.object({ city: zod4.string() }),
    // @ts-expect-error the input has no such field
    execute: ({ town }) => town,
  });
});
