import type { NodeLLMCore } from "@node-llm/core";
import { z as zod3 } from "@node-llm/core";
import type { TRPCClient } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { initTRPC } from "@trpc/server";
import { useMutation, useQuery } from "@tanstack/react-query";
import { createTRPCContext, useSubscription } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z as zod4 } from "zod";

import type { ChatMessage } from "node-llm-trpc/react";
import { createChatHooks, messageParts } from "node-llm-trpc/react";
import type { JsonValue } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { known } from "../../test/support/known.ts";

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
type MessageOf<Router extends Plain | Rich> =
  inferRouterOutputs<Router>["chat"]["messages"]["items"][number];
type EventOf<Router extends Plain | Rich> =
  inferRouterOutputs<Router>["chat"]["stream"] extends AsyncIterable<{ data: infer Event }>
    ? Event
    : never;

/** Every message, from whichever client, narrows in the same way. */
function narrows(message: MessageOf<Plain> | MessageOf<Rich>): void {
  expectTypeOf(message.object?.title).toEqualTypeOf<string | undefined>();
  // @ts-expect-error the schema has no such field
  void message.object?.other;
  if (message.status === "complete") {
    // A refusal is complete, and has no object.
    if (message.object === null) return;
    expectTypeOf(message.object.title).toEqualTypeOf<string>();
    expectTypeOf(message.object.at).toEqualTypeOf<string>();
    expectTypeOf(message.object.steps[0]?.minutes).toEqualTypeOf<number | undefined>();
  } else {
    // @ts-expect-error it may be missing yet
    void message.object?.title.length;
    // @ts-expect-error it may be missing yet
    void message.object?.steps.length;
  }
  messageParts(message);
}

/** Every event, from whichever client, has the object so far, and the message at the end. */
function tells(event: EventOf<Plain> | EventOf<Rich>): void {
  if (event.type === "object") {
    expectTypeOf(event.object?.title).toEqualTypeOf<string | undefined>();
    // @ts-expect-error it may be missing yet
    void event.object?.title.length;
  }
  if (event.type === "done" || event.type === "snapshot") narrows(event.message);
}

declare const plainClient: TRPCClient<Plain>;
declare const richClient: TRPCClient<Rich>;
declare const looseClient: TRPCClient<typeof looseRouter>;
const plainReact = createTRPCReact<Plain>();
const richReact = createTRPCReact<Rich>();
const plainContext = createTRPCContext<Plain>();
const richContext = createTRPCContext<Rich>();
const looseHooks = createChatHooks(() => looseClient.chat);

const input = { chatId: "" };
const question = { chatId: "", content: "" };

test("the plain client has the object of the schema, with both zods", async () => {
  known((await plainClient.chat.messages.query(input)).items).forEach(narrows);
  known((await richClient.chat.messages.query(input)).items).forEach(narrows);
  narrows(known((await plainClient.chat.send.mutate(question)).assistantMessage));
  narrows(known((await richClient.chat.send.mutate(question)).assistantMessage));
  plainClient.chat.stream.subscribe(
    { messageId: "" },
    { onData: ({ data }) => tells(known(data)) },
  );
  richClient.chat.stream.subscribe({ messageId: "" }, { onData: ({ data }) => tells(known(data)) });
});

test("@trpc/react-query has the object of the schema, with both zods", () => {
  known(plainReact.chat.messages.useQuery(input).data?.items)?.forEach(narrows);
  known(richReact.chat.messages.useQuery(input).data?.items)?.forEach(narrows);
  plainReact.chat.send.useMutation({ onSuccess: (sent) => narrows(known(sent.assistantMessage)) });
  richReact.chat.send.useMutation({ onSuccess: (sent) => narrows(known(sent.assistantMessage)) });
  plainReact.chat.stream.useSubscription(
    { messageId: "" },
    { onData: ({ data }) => tells(known(data)) },
  );
  richReact.chat.stream.useSubscription(
    { messageId: "" },
    { onData: ({ data }) => tells(known(data)) },
  );
});

test("@trpc/tanstack-react-query has the object of the schema, with both zods", () => {
  const plainProxy = plainContext.useTRPC().chat;
  const richProxy = richContext.useTRPC().chat;
  known(useQuery(plainProxy.messages.queryOptions(input)).data?.items)?.forEach(narrows);
  known(useQuery(richProxy.messages.queryOptions(input)).data?.items)?.forEach(narrows);
  useMutation(
    plainProxy.send.mutationOptions({ onSuccess: (sent) => narrows(known(sent.assistantMessage)) }),
  );
  useMutation(
    richProxy.send.mutationOptions({ onSuccess: (sent) => narrows(known(sent.assistantMessage)) }),
  );
  useSubscription(
    plainProxy.stream.subscriptionOptions(
      { messageId: "" },
      { onData: ({ data }) => tells(known(data)) },
    ),
  );
  useSubscription(
    richProxy.stream.subscriptionOptions(
      { messageId: "" },
      { onData: ({ data }) => tells(known(data)) },
    ),
  );
});

test("createCaller has the object of the schema, with both zods", async () => {
  const plainCaller = plainRouter.createCaller({ userId: "" }).chat;
  const richCaller = richRouter.createCaller({ userId: "" }).chat;
  known((await plainCaller.messages(input)).items).forEach(narrows);
  known((await richCaller.messages(input)).items).forEach(narrows);
  narrows(known((await plainCaller.send(question)).assistantMessage));
  narrows(known((await richCaller.send(question)).assistantMessage));
  for await (const { data } of await plainCaller.stream({ messageId: "" })) tells(known(data));
  for await (const { data } of await richCaller.stream({ messageId: "" })) tells(known(data));
});

test("the hooks have the object of the schema, over each client, with both zods", () => {
  for (const { useChat } of [
    createChatHooks(() => plainClient.chat),
    createChatHooks(() => plainReact.useUtils().client.chat),
    createChatHooks(() => plainContext.useTRPCClient().chat),
  ] as const)
    known(useChat({ onFinish: ({ message }) => narrows(known(message)) }).messages).forEach(
      narrows,
    );
  for (const { useChat } of [
    createChatHooks(() => richClient.chat),
    createChatHooks(() => richReact.useUtils().client.chat),
    createChatHooks(() => richContext.useTRPCClient().chat),
  ] as const)
    known(useChat({ onFinish: ({ message }) => narrows(known(message)) }).messages).forEach(
      narrows,
    );
});

test("a router without a schema has plain messages", () => {
  const { messages } = looseHooks.useChat();
  expectTypeOf(messages[0]?.object).toEqualTypeOf<JsonValue | undefined>();
  expectTypeOf(messages).toExtend<readonly ChatMessage[]>();
});
