import type { TRPCClient } from "@trpc/client";
import type { CreateTRPCReact } from "@trpc/react-query";
import { createTRPCReact } from "@trpc/react-query";
import { initTRPC, tracked } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import superjson from "superjson";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import type { ChatNotice } from "../chat/chat-notice.ts";
import type { ChatProcedures, TrackedEvent } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatClient } from "./connection/chat-client.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { createChatHooks } from "./create-chat-hooks.ts";

declare function answer<Name extends keyof ChatProcedures>(
  name: Name,
): Promise<ChatProcedures[Name]["output"]>;

/** A validator with the input type of the procedure. */
function input<Name extends keyof ChatProcedures>(_name: Name) {
  return z.custom<ChatProcedures[Name]["input"]>();
}

const plain = initTRPC.create();
const rich = initTRPC.context<{ userId: string }>().create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: "" } }),
});

/** Stands in for `createChatRouter`: the same procedures over any builder. */
function chatRecord<Builder extends typeof plain.procedure | typeof rich.procedure>(p: Builder) {
  const procedure = p as typeof plain.procedure;
  return {
    create: procedure.input(input("create")).mutation(() => answer("create")),
    list: procedure.input(input("list")).query(() => answer("list")),
    get: procedure.input(input("get")).query(() => answer("get")),
    update: procedure.input(input("update")).mutation(() => answer("update")),
    delete: procedure.input(input("delete")).mutation(() => answer("delete")),
    messages: procedure.input(input("messages")).query(() => answer("messages")),
    send: procedure.input(input("send")).mutation(() => answer("send")),
    regenerate: procedure.input(input("regenerate")).mutation(() => answer("regenerate")),
    selectBranch: procedure.input(input("selectBranch")).mutation(() => answer("selectBranch")),
    usage: procedure.input(input("usage")).query(() => answer("usage")),
    stop: procedure.input(input("stop")).mutation(() => answer("stop")),
    respondToTool: procedure.input(input("respondToTool")).mutation(() => answer("respondToTool")),
    attachment: procedure.input(input("attachment")).query(() => answer("attachment")),
    stats: procedure.input(input("stats")).query(() => answer("stats")),
    models: procedure.query(() => answer("models")),
    stream: procedure.input(input("stream")).subscription(async function* () {
      const event: ChatEvent = { type: "text", at: 0, text: "" };
      yield tracked("0.0.0", event);
    }),
    watch: procedure.input(input("watch")).subscription(async function* () {
      const notice: ChatNotice = { type: "chatDeleted" };
      yield tracked("0", notice);
    }),
  };
}

const otherQuery = plain.procedure.query(() => "posts");
const plainRouter = plain.router({
  chat: chatRecord(plain.procedure),
  ai: plain.router({ chat: chatRecord(plain.procedure) }),
  posts: plain.router({ list: otherQuery }),
});
const richRouter = rich.router({ chat: chatRecord(rich.procedure) });
type Plain = typeof plainRouter;
type Rich = typeof richRouter;

declare const plainClient: TRPCClient<Plain>;
declare const richClient: TRPCClient<Rich>;
const plainReact: CreateTRPCReact<Plain, unknown> = createTRPCReact<Plain>();
const richReact: CreateTRPCReact<Rich, unknown> = createTRPCReact<Rich>();
const plainContext = createTRPCContext<Plain>();
const richContext = createTRPCContext<Rich>();

test("accepts the client of every tRPC integration, with and without a transformer", () => {
  expectTypeOf(plainClient.chat).toExtend<ChatClient>();
  expectTypeOf(plainClient.ai.chat).toExtend<ChatClient>();
  expectTypeOf(richClient.chat).toExtend<ChatClient>();
  createChatHooks(() => plainReact.useUtils().client.chat);
  createChatHooks(() => richReact.useUtils().client.chat);
  createChatHooks(() => plainContext.useTRPCClient().chat);
  createChatHooks(() => richContext.useTRPCClient().chat);
});

test("asks for the input of the app's own base procedure", () => {
  const send = plain.procedure
    .input(z.object({ workspaceId: z.string() }))
    .input(z.object({ chatId: z.string().optional(), content: z.string() }))
    .mutation(() => answer("send"));
  const scoped = plain.router({
    chat: plain.router({ ...chatRecord(plain.procedure), send }),
  });
  const client = {} as TRPCClient<typeof scoped>;
  const hooks = createChatHooks(() => client.chat, { input: () => ({ workspaceId: "w" }) });
  expectTypeOf(hooks.useChat).toBeFunction();
  // @ts-expect-error it is missing
  createChatHooks(() => client.chat);
  // @ts-expect-error it has another type
  createChatHooks(() => client.chat, { input: () => ({ workspaceId: 1 }) });
});

test("refuses a wrong router", () => {
  expectTypeOf(plainClient.posts).not.toExtend<ChatClient>();
  // @ts-expect-error another router
  createChatHooks(() => plainClient.posts);
  // @ts-expect-error the root, not the chat router
  createChatHooks(() => plainClient);
  // @ts-expect-error the client itself, not a getter
  createChatHooks(plainClient.chat);
  // @ts-expect-error the hooks' proxy, not the client
  createChatHooks(() => plainReact.useUtils().chat);
  const { stream: _stream, ...withoutStream } = chatRecord(plain.procedure);
  const lacking = plain.router({ chat: plain.router(withoutStream) });
  const lackingClient = {} as TRPCClient<typeof lacking>;
  // @ts-expect-error a procedure is missing
  createChatHooks(() => lackingClient.chat);
  const different = plain.router({
    chat: plain.router({ ...chatRecord(plain.procedure), send: otherQuery }),
  });
  const differentClient = {} as TRPCClient<typeof different>;
  // @ts-expect-error a procedure of another kind
  createChatHooks(() => differentClient.chat);
  const untracked = plain.router({
    chat: plain.router({
      ...chatRecord(plain.procedure),
      stream: plain.procedure.input(input("stream")).subscription(async function* () {
        yield "text";
      }),
    }),
  });
  const untrackedClient = {} as TRPCClient<typeof untracked>;
  // @ts-expect-error events without an id
  createChatHooks(() => untrackedClient.chat);
});

test("the events on the wire match the contract", () => {
  const handlers: Parameters<typeof plainClient.chat.stream.subscribe>[1] = {};
  type Received = Parameters<NonNullable<typeof handlers.onData>>[0];
  expectTypeOf<Received>().toExtend<TrackedEvent>();
});

const { useChat, useChatList, useUsage } = createChatHooks(() => richClient.chat);
type ChatResult = ReturnType<typeof useChat>;
type ListResult = ReturnType<typeof useChatList>;
/** The names of the members that are `any`, or functions of `any`. */
type AnyMembers<Result> = {
  [Name in keyof Result]: IsAny<Result[Name]> extends true
    ? Name
    : Result[Name] extends (...args: never[]) => infer Output
      ? IsAny<Awaited<Output>> extends true
        ? Name
        : never
      : never;
}[keyof Result];
type IsAny<Value> = 0 extends 1 & Value ? true : false;

test("nothing that is returned is `any`", () => {
  expectTypeOf<AnyMembers<ChatResult>>().toBeNever();
  expectTypeOf<AnyMembers<ListResult>>().toBeNever();
  expectTypeOf<AnyMembers<ReturnType<typeof useUsage>>>().toBeNever();
  expectTypeOf<ChatResult["messages"]>().toEqualTypeOf<readonly ChatMessage[]>();
  expectTypeOf<ChatResult["messages"][number]["content"]>().toEqualTypeOf<string>();
  expectTypeOf<ChatResult["status"]>().toEqualTypeOf<
    "ready" | "submitted" | "streaming" | "error"
  >();
  expectTypeOf<ChatResult["connection"]>().toEqualTypeOf<"live" | "reconnecting" | "lost">();
  expectTypeOf<ChatResult["error"]>().toEqualTypeOf<ChatHookError | null>();
  expectTypeOf<ListResult["chats"]>().toEqualTypeOf<readonly ChatSummary[]>();
});

test("`ok` tells which fields a result has", async () => {
  const { sendMessage } = {} as ChatResult;
  const result = await sendMessage("Hello");
  if (result.ok) {
    expectTypeOf(result.userMessage).toEqualTypeOf<ChatMessage>();
    expectTypeOf(result.assistantMessage).toEqualTypeOf<ChatMessage>();
  } else {
    expectTypeOf(result.error).toEqualTypeOf<ChatHookError>();
  }
  // @ts-expect-error `content` must be a string
  void sendMessage({ content: 1 });
  // @ts-expect-error an attachment needs a media type and a URL
  void sendMessage({ content: "", attachments: [{ name: "a.txt" }] });
});
