import type { NodeLLMCore } from "@node-llm/core";
import { z as zod3 } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { useQuery } from "@tanstack/react-query";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z as zod4 } from "zod";

import { createChatHooks, messageParts } from "node-llm-trpc/react";
import type { JsonValue } from "node-llm-trpc/server";
import { createChatRouter, defineTool } from "node-llm-trpc/server";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { known } from "../../../test/support/known.ts";

declare const prisma: PrismaClient;
declare const llm: NodeLLMCore;

const plain = initTRPC.create();
const rich = initTRPC.create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
});

const upload4 = defineTool({
  name: "upload",
  description: "",
  inputSchema: zod4.object({ files: zod4.array(zod4.object({ path: zod4.string() })) }),
  progressSchema: zod4.object({ percent: zod4.number() }),
  execute: (_input, { report, writeData }) => {
    report({ percent: 1 });
    // @ts-expect-error the progress has another type
    report({ percent: "1" });
    writeData({ name: "source", data: {} });
    // @ts-expect-error data has a name
    writeData({ data: {} });
    return { uploaded: 1 };
  },
});
const upload3 = defineTool({
  name: "upload",
  description: "",
  inputSchema: zod3.object({ files: zod3.array(zod3.object({ path: zod3.string() })) }),
  progressSchema: zod3.object({ percent: zod3.number() }),
  execute: (_input, { report }) => {
    report({ percent: 1 });
    // @ts-expect-error the progress has another type
    report({ percent: "1" });
    return { uploaded: 1 };
  },
});
const loose = defineTool({
  name: "loose",
  description: "",
  inputSchema: zod4.object({ q: zod4.string() }),
  execute: (_input, { report }) => report([1, { a: null }]),
});

const plainRouter = plain.router({
  chat: createChatRouter({
    procedure: plain.procedure,
    prisma,
    llm,
    scope: "everyone",
    tools: [upload4, loose],
    data: {
      source: zod4.object({ title: zod4.string(), at: zod4.date() }),
      mood: zod4.enum(["good", "bad"]),
    },
    onStart: ({ chat, messageId, writeData }) => {
      expectTypeOf(chat.title).toEqualTypeOf<string | null>();
      expectTypeOf(messageId).toBeString();
      writeData({ name: "mood", data: "good" });
    },
  }),
});
const richRouter = rich.router({
  chat: createChatRouter({
    procedure: rich.procedure,
    prisma,
    llm,
    scope: "everyone",
    tools: [upload3, loose],
    data: {
      source: zod3.object({ title: zod3.string(), at: zod3.date() }),
      mood: zod3.enum(["good", "bad"]),
    },
  }),
});
type Plain = typeof plainRouter;
type Rich = typeof richRouter;
type MessageOf<Router extends Plain | Rich> =
  inferRouterOutputs<Router>["chat"]["messages"]["items"][number];
type EventOf<Router extends Plain | Rich> =
  inferRouterOutputs<Router>["chat"]["stream"] extends AsyncIterable<{ data: infer Event }>
    ? Event
    : never;

/** Every message, from whichever client, narrows in the same way. */
function narrows({ toolCalls, parts }: MessageOf<Plain> | MessageOf<Rich>): void {
  for (const call of toolCalls) {
    if (call.name === "upload") {
      expectTypeOf(call.progress?.percent).toEqualTypeOf<number | undefined>();
      if (call.status === "writing") {
        expectTypeOf(call.arguments.files?.[0]?.path).toEqualTypeOf<string | undefined>();
        expectTypeOf(call.progress).toBeNull();
        expectTypeOf(call.output).toBeNull();
        // @ts-expect-error the files may not be there yet
        void call.arguments.files.length;
      }
      if (call.status === "running") {
        expectTypeOf(call.arguments.files[0]?.path).toEqualTypeOf<string | undefined>();
        // @ts-expect-error the progress has no such field
        void call.progress?.percentage;
      }
      if (call.status === "complete") expectTypeOf(call.output.uploaded).toBeNumber();
    } else if (call.status === "running") expectTypeOf(call.progress).toEqualTypeOf<JsonValue>();
  }
  for (const part of parts) {
    if (part.type !== "data") continue;
    if (part.name === "source") expectTypeOf(part.data.at).toBeString();
    else expectTypeOf(part.data).toEqualTypeOf<"good" | "bad">();
    // @ts-expect-error no data has this name
    if (part.name === "sauce") void part;
  }
}

/** Every event, from whichever client, has the data of its name. */
function tells(event: EventOf<Plain> | EventOf<Rich>): void {
  if (event.type === "data" && event.part.name === "mood")
    expectTypeOf(event.part.data).toEqualTypeOf<"good" | "bad">();
  if (event.type === "done" || event.type === "snapshot") narrows(event.message);
}

declare const plainClient: TRPCClient<Plain>;
declare const richClient: TRPCClient<Rich>;

test("every client and the hooks have the types of what happens", async () => {
  const input = { chatId: "" };
  known((await plainClient.chat.messages.query(input)).items).forEach(narrows);
  known((await richClient.chat.messages.query(input)).items).forEach(narrows);
  const plainReact = createTRPCReact<Plain>();
  const richReact = createTRPCReact<Rich>();
  known(plainReact.chat.messages.useQuery(input).data?.items)?.forEach(narrows);
  known(richReact.chat.messages.useQuery(input).data?.items)?.forEach(narrows);
  const caller = plainRouter.createCaller({});
  known((await caller.chat.messages(input)).items).forEach(narrows);
  for await (const { data: event } of await caller.chat.stream({ messageId: "" }))
    tells(known(event));
  const richCaller = richRouter.createCaller({});
  known((await richCaller.chat.messages(input)).items).forEach(narrows);
  for await (const { data: event } of await richCaller.chat.stream({ messageId: "" }))
    tells(known(event));
  const plainContext = createTRPCContext<Plain>();
  const richContext = createTRPCContext<Rich>();
  const plainOptions = plainContext.useTRPC().chat.messages.queryOptions(input);
  known(useQuery(plainOptions).data?.items)?.forEach(narrows);
  const richOptions = richContext.useTRPC().chat.messages.queryOptions(input);
  known(useQuery(richOptions).data?.items)?.forEach(narrows);
  for (const { useChat } of [
    createChatHooks(() => plainClient.chat),
    createChatHooks(() => plainReact.useUtils().client.chat),
    createChatHooks(() => plainContext.useTRPCClient().chat),
  ] as const) {
    const { messages } = useChat();
    known(messages).forEach(narrows);
  }
  for (const { useChat } of [
    createChatHooks(() => richClient.chat),
    createChatHooks(() => richReact.useUtils().client.chat),
    createChatHooks(() => richContext.useTRPCClient().chat),
  ] as const) {
    const { messages } = useChat();
    known(messages).forEach(narrows);
  }
});

test("parts with data keep their types, and a router without any has none", () => {
  const { useChat } = createChatHooks(() => plainClient.chat);
  for (const part of useChat().messages.flatMap(messageParts))
    if (part.type === "data" && part.name === "source") expectTypeOf(part.data.title).toBeString();
  const none = createChatRouter({ procedure: plain.procedure, prisma, llm, scope: "everyone" });
  type Part = Awaited<ReturnType<(typeof none)["send"]>>["assistantMessage"]["parts"][number];
  expectTypeOf<Extract<Part, { type: "data" }>>().toBeNever();
});
