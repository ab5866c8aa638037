import { QueryClient } from "@tanstack/react-query";
import { act, cleanup, render } from "@testing-library/react";
import type { TRPCLink } from "@trpc/client";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
} from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { initTRPC, tracked } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import type { FetchLike } from "eventsource";
import { EventSource } from "eventsource";
import superjson from "superjson";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatNotice } from "../chat/chat-notice.ts";
import type { ListMessagesInput, StreamInput, WatchInput } from "../chat/chat-procedures.ts";
import { withClient } from "../../test/support/clients/render-chat.tsx";
import { fakeChat } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import type { ChatClient } from "./connection/chat-client.ts";
import type { UseChatResult } from "./use-chat.ts";

const url = "http://localhost/trpc";
const question = fakeMessage({ id: "question", role: "user", content: "Hello" });
const answer = fakeMessage({ id: "answer", parentId: "question", status: "streaming" });

const transformers = { none: undefined, superjson };
type TransformerName = keyof typeof transformers;

interface Setup {
  readonly server?: TransformerName;
  /** Of the links for requests and for subscriptions. */
  readonly client?: TransformerName;
  readonly subscriptions?: TransformerName;
  readonly without?: string;
  /** How the server yields an event. Another copy of tRPC would not know that it is tracked. */
  readonly track?: (id: string, data: ChatEvent | ChatNotice) => unknown;
  /** The link of requests. */
  readonly link?: typeof httpBatchLink | typeof httpBatchStreamLink | typeof httpLink;
  /** Whether there is no other link for subscriptions. */
  readonly alone?: boolean;
}

const warn = vi.spyOn(console, "warn").mockReturnValue();

beforeEach(() => {
  warn.mockClear();
  // Each page reports once what is wrong with it.
  vi.resetModules();
});

afterEach(cleanup);

function serve({ server = "none", without, track = tracked }: Setup): AnyTRPCRouter {
  const transformer = transformers[server];
  const t = transformer ? initTRPC.create({ transformer }) : initTRPC.create();
  const { procedure } = t;
  const untilAborted = (signal: AbortSignal | undefined): Promise<unknown> =>
    new Promise((resolve) => signal?.addEventListener("abort", resolve));
  const procedures = {
    messages: procedure
      .input(z.custom<ListMessagesInput>((value) => Object(value).chatId === "chat"))
      .query(() => ({ items: [question, answer], nextCursor: null })),
    watch: procedure
      .input(z.custom<WatchInput>((value) => Object(value).chatId === "chat"))
      .subscription(async function* ({ signal }) {
        yield track("1", { type: "state", chat: fakeChat({ id: "chat" }), newestId: "answer" });
        await untilAborted(signal);
      }),
    stream: procedure
      .input(z.custom<StreamInput>((value) => Object(value).messageId === "answer"))
      .subscription(async function* ({ signal }) {
        yield track("0.0.0", { type: "snapshot", message: { ...answer, content: "Hi" } });
        await untilAborted(signal);
      }),
  };
  const kept = Object.entries(procedures).filter(([name]) => name !== without);
  return t.router({ chat: t.router(Object.fromEntries(kept)) });
}

/** Shows a chat with real links, whose requests the router answers in this process. */
async function open(setup: Setup) {
  const {
    client = setup.server ?? "none",
    subscriptions = client,
    link = httpBatchStreamLink,
  } = setup;
  const router = serve(setup);
  const fetch: FetchLike = async (to, init) => {
    const request = new Request(String(to), init);
    return await fetchRequestHandler({ endpoint: "/trpc", req: request, router });
  };
  class LocalEventSource extends EventSource {
    constructor(to: string | URL) {
      super(to, { fetch });
    }
  }
  const options = { url, fetch, transformer: transformers[client] };
  // The types of a link depend on the transformer of a router, which is another one in each case.
  const make = (factory: unknown, given: object) =>
    (factory as (options: object) => TRPCLink<AnyTRPCRouter>)(given);
  const requests = make(link, options);
  const links =
    setup.alone === true
      ? [requests]
      : [
          splitLink({
            condition: ({ type }) => type === "subscription",
            true: make(httpSubscriptionLink, {
              ...options,
              transformer: transformers[subscriptions],
              EventSource: LocalEventSource,
            }),
            false: requests,
          }),
        ];
  const trpc = createTRPCClient<AnyTRPCRouter>({ links });
  const { createChatHooks: create } = await import("./create-chat-hooks.ts");
  const { useChat } = create(() => (trpc as unknown as { chat: ChatClient }).chat);
  const results: UseChatResult[] = [];
  function Page() {
    results.push(useChat({ chatId: "chat" }));
    return null;
  }
  render(withClient(new QueryClient(), <Page />));
  const until = (condition: (chat: UseChatResult) => boolean): Promise<UseChatResult> =>
    act(
      async () =>
        await vi.waitFor(
          () => {
            const last = results.at(-1);
            if (!last || !condition(last)) throw new Error(JSON.stringify(last));
            return last;
          },
          { timeout: 2_000 },
        ),
    );
  return { until };
}

const hasText = ({ messages }: UseChatResult): boolean => messages.at(-1)?.content === "Hi";

test.each<TransformerName>(["none", "superjson"])(
  "a whole set-up with the transformer %s has no error",
  async (server) => {
    const { until } = await open({ server });
    expect(await until(hasText)).toMatchObject({ status: "streaming", error: null });
    expect(warn).not.toHaveBeenCalled();
  },
);

const faults: readonly (readonly [string, Setup, string, RegExp])[] = [
  ...[httpBatchLink, httpBatchStreamLink, httpLink].map((link): (typeof faults)[number] => [
    `no link for subscriptions (${link.name})`,
    { link, alone: true },
    "CONFIGURATION",
    /use `httpSubscriptionLink` or `wsLink`/,
  ]),
  ["no messages", { without: "messages" }, "CONFIGURATION", /path "chat.messages"/],
  // An EventSource does not tell why it was refused.
  ["no watch", { without: "watch" }, "NETWORK", /No live updates/],
  ["no stream", { without: "stream" }, "NETWORK", /No live updates/],
  ...[httpBatchLink, httpBatchStreamLink, httpLink].flatMap((link): (typeof faults)[number][] => [
    [
      `a transformer on the server alone (${link.name})`,
      { server: "superjson", client: "none", link },
      "CONFIGURATION",
      /transformer/,
    ],
    [
      `a transformer on the client alone (${link.name})`,
      { server: "none", client: "superjson", link },
      "CONFIGURATION",
      /transformer/,
    ],
  ]),
  [
    "a transformer missing for subscriptions",
    { server: "superjson", subscriptions: "none" },
    "NETWORK",
    /No live updates/,
  ],
  [
    "a transformer for subscriptions alone",
    { subscriptions: "superjson" },
    "CONFIGURATION",
    /transformer/,
  ],
  [
    "two copies of tRPC on the server",
    { track: (id, data) => [id, data, Symbol("of another copy")] },
    "CONFIGURATION",
    /two copies/,
  ],
];

test.each(faults)(
  "%s is an error on the hook and one line on the console",
  async (_name, setup, code, message) => {
    const { until } = await open(setup);
    const { error } = await until((chat) => chat.error !== null);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain("docs/errors.md");
    expect(warn.mock.calls).toEqual([[error?.message]]);
  },
);
