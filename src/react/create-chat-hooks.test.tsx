import { once } from "node:events";
import type { DehydratedState } from "@tanstack/react-query";
import { HydrationBoundary, QueryClient } from "@tanstack/react-query";
import { act, cleanup, render } from "@testing-library/react";
import { createTRPCClient, unstable_localLink } from "@trpc/client";
import { createTRPCReact } from "@trpc/react-query";
import { createServerSideHelpers } from "@trpc/react-query/server";
import { initTRPC, tracked } from "@trpc/server";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { ReactNode } from "react";
import superjson, { deserialize } from "superjson";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { fakeChat } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, settle, withClient } from "../../test/support/clients/render-chat.tsx";
import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import type { ChatNotice } from "../chat/chat-notice.ts";
import type { ChatProcedures } from "../chat/chat-procedures.ts";
import { createChatHooks } from "./create-chat-hooks.ts";
import type { UseChatResult } from "./use-chat.ts";
import type { UseChatListResult } from "./use-chat-list.ts";

type Output<Name extends keyof ChatProcedures> = ChatProcedures[Name]["output"];

function input<Name extends keyof ChatProcedures>(_name: Name) {
  return z.custom<ChatProcedures[Name]["input"]>();
}

const question = fakeMessage({ id: "question", role: "user", content: "Why?" });
const calls: string[] = [];
let messages: readonly ChatMessage[] = [];

const t = initTRPC.create({ transformer: superjson });
const chat = t.router({
  create: t.procedure
    .input(input("create"))
    .mutation((): Output<"create"> => fakeChat({ id: "chat" })),
  list: t.procedure.input(input("list")).query((): Output<"list"> => {
    calls.push("list");
    return { items: [fakeChat({ id: "chat" })], nextCursor: null };
  }),
  update: t.procedure
    .input(input("update"))
    .mutation((): Output<"update"> => fakeChat({ id: "chat" })),
  delete: t.procedure.input(input("delete")).mutation((): Output<"delete"> => ({ deleted: true })),
  messages: t.procedure.input(input("messages")).query((): Output<"messages"> => {
    calls.push("messages");
    return { items: messages, nextCursor: null };
  }),
  send: t.procedure.input(input("send")).mutation((opts): Output<"send"> => {
    calls.push("send");
    const userMessage = fakeMessage({
      id: opts.input.id ?? "",
      role: "user",
      content: opts.input.content,
    });
    return { userMessage, assistantMessage: fakeMessage({ id: "answer", status: "pending" }) };
  }),
  selectBranch: t.procedure
    .input(input("selectBranch"))
    .mutation((): Output<"selectBranch"> => ({ chatId: "chat" })),
  usage: t.procedure.input(input("usage")).query((): Output<"usage"> => ({ groups: [] })),
  attachment: t.procedure.input(input("attachment")).query((opts): Output<"attachment"> => {
    calls.push(`attachment ${opts.input.attachmentId}`);
    return { mediaType: "text/plain", data: "SGk=" };
  }),
  regenerate: t.procedure
    .input(input("regenerate"))
    .mutation((): Output<"regenerate"> => ({ assistantMessage: fakeMessage({ id: "again" }) })),
  stop: t.procedure.input(input("stop")).mutation((): Output<"stop"> => ({ stopped: true })),
  respondToTool: t.procedure
    .input(input("respondToTool"))
    .mutation((): Output<"respondToTool"> => ({ assistantMessage: fakeMessage({ id: "again" }) })),
  watch: t.procedure.input(input("watch")).subscription(async function* (opts) {
    calls.push(`watch ${opts.input.chatId}`);
    const notice = (data: ChatNotice): ChatNotice => data;
    const newestId = messages.at(-1)?.id ?? null;
    yield tracked("1", notice({ type: "state", chat: fakeChat({ id: "chat" }), newestId }));
    await once(opts.signal ?? new AbortController().signal, "abort");
  }),
  stream: t.procedure.input(input("stream")).subscription(async function* (opts) {
    calls.push(`stream ${opts.input.messageId}`);
    const event = (data: ChatEvent): ChatEvent => data;
    yield tracked("2.0.0", event({ type: "text", at: 0, text: "Be" }));
    yield tracked("7.0.0", event({ type: "text", at: 2, text: "cause" }));
    const message = fakeMessage({ id: opts.input.messageId, content: "Because" });
    yield tracked("done", event({ type: "done", message }));
  }),
});
const router = t.router({ ai: t.router({ chat }) });
type AppRouter = typeof router;

const links = [
  unstable_localLink<AppRouter>({
    router,
    createContext: async () => ({}),
    transformer: superjson,
  }),
];
const trpc = createTRPCReact<AppRouter>();
const { TRPCProvider, useTRPCClient } = createTRPCContext<AppRouter>();

const reactQuery = {
  name: "@trpc/react-query",
  hooks: createChatHooks(() => trpc.useUtils().client.ai.chat),
  wrap: (queryClient: QueryClient, children: ReactNode): ReactNode => (
    <trpc.Provider client={trpc.createClient({ links })} queryClient={queryClient}>
      {withClient(queryClient, children)}
    </trpc.Provider>
  ),
};

const integrations = [
  reactQuery,
  {
    name: "@trpc/tanstack-react-query",
    hooks: createChatHooks(() => useTRPCClient().ai.chat),
    wrap: (queryClient: QueryClient, children: ReactNode): ReactNode =>
      withClient(
        queryClient,
        <TRPCProvider trpcClient={createTRPCClient<AppRouter>({ links })} queryClient={queryClient}>
          {children}
        </TRPCProvider>,
      ),
  },
  {
    name: "a plain client",
    hooks: createChatHooks(
      (
        (client) => () =>
          client.ai.chat
      )(createTRPCClient<AppRouter>({ links })),
    ),
    wrap: withClient,
  },
];

beforeEach(() => {
  vi.useFakeTimers();
  calls.length = 0;
  messages = [question];
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test.each(integrations)(
  "$name: a message is sent and its answer streamed",
  async ({ hooks, wrap }) => {
    const results: UseChatResult[] = [];
    function Chat() {
      results.push(hooks.useChat({ chatId: "chat" }));
      return null;
    }
    render(wrap(new QueryClient(), <Chat />));
    await settle();
    // The first notice is compared with the page.
    await drawFrame();
    await act(async () => {
      void results.at(-1)?.sendMessage("Why?");
      await vi.advanceTimersByTimeAsync(1);
    });
    await drawFrame();
    await settle();
    expect(calls.toSorted()).toEqual(["messages", "send", "stream answer", "watch chat"]);
    expect(results.at(-1)?.status).toBe("ready");
    expect(results.at(-1)?.messages.map((message) => message.content)).toEqual([
      "Why?",
      "Why?",
      "Because",
    ]);
  },
);

test.each(integrations)("$name: an attachment is read once", async ({ hooks, wrap }) => {
  const urls: (string | null)[] = [];
  function File({ url = null }: { readonly url?: string | null }) {
    urls.push(hooks.useAttachment({ id: "a", url }).url);
    return null;
  }
  const queryClient = new QueryClient();
  render(wrap(queryClient, [<File key={1} />, <File key={2} />, <File key={3} url="blob:" />]));
  await settle();
  expect(calls).toEqual(["attachment a"]);
  expect(new Set(urls)).toEqual(new Set([null, "blob:", "data:text/plain;base64,SGk="]));
});

test("utils.invalidate reaches the hooks' lists", async () => {
  const { hooks, wrap } = reactQuery;
  const lists: UseChatListResult[] = [];
  const utils: ReturnType<typeof trpc.useUtils>[] = [];
  function List() {
    lists.push(hooks.useChatList());
    utils.push(trpc.useUtils());
    return null;
  }
  render(wrap(new QueryClient(), <List />));
  await settle();
  expect(calls).toEqual(["list"]);
  await act(async () => {
    await utils.at(-1)?.ai.chat.list.invalidate();
    await vi.advanceTimersByTimeAsync(1);
  });
  expect(calls).toEqual(["list", "list"]);
  expect(lists.at(-1)?.chats).toHaveLength(1);
});

test("the hooks show what utils.setInfiniteData writes", async () => {
  const { hooks, wrap } = reactQuery;
  const shown: string[] = [];
  const utils: ReturnType<typeof trpc.useUtils>[] = [];
  function Page() {
    const { messages: all } = hooks.useChat({ chatId: "chat" });
    const { chats } = hooks.useChatList();
    utils.push(trpc.useUtils());
    shown.push([...all.map(({ content }) => content), ...chats.map(({ title }) => title)].join());
    return null;
  }
  render(wrap(new QueryClient(), <Page />));
  await settle();
  await drawFrame();
  act(() => {
    const { list, messages: all } = utils.at(-1)?.ai.chat ?? {};
    const items = [{ ...question, content: "Why not?" }];
    all?.setInfiniteData(
      { chatId: "chat" },
      { pages: [{ items, nextCursor: null }], pageParams: [null] },
    );
    const chats = [fakeChat({ id: "other", title: "Other" })];
    list?.setInfiniteData({}, { pages: [{ items: chats, nextCursor: null }], pageParams: [null] });
  });
  await settle();
  expect(shown.at(-1)).toBe("Why not?,Other");
});

test("data prefetched on the server is in the first render and is not fetched again", async () => {
  const helpers = createServerSideHelpers({ router, ctx: {}, transformer: superjson });
  await helpers.ai.chat.messages.prefetchInfinite({ chatId: "chat" });
  await helpers.ai.chat.list.prefetchInfinite({});
  const state = deserialize<DehydratedState>(JSON.parse(JSON.stringify(helpers.dehydrate())));
  calls.length = 0;
  const { hooks, wrap } = reactQuery;
  const seen: number[][] = [];
  function Page() {
    const { messages: shown } = hooks.useChat({ chatId: "chat" });
    const { chats } = hooks.useChatList();
    seen.push([shown.length, chats.length]);
    return null;
  }
  render(
    wrap(
      new QueryClient(),
      <HydrationBoundary state={state}>
        <Page />
      </HydrationBoundary>,
    ),
  );
  expect(seen).toEqual([[1, 1]]);
  await settle();
  expect(calls).toEqual(["watch chat"]);
});
