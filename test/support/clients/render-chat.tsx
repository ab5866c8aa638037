import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { RenderResult } from "@testing-library/react";
import { act, render } from "@testing-library/react";
import type { ProfilerOnRenderCallback, ReactNode } from "react";
import { Activity, memo, Profiler, StrictMode } from "react";
import { vi } from "vitest";
import type { ChatMessage } from "../../../src/chat/chat-message.ts";
import { createChatHooks } from "../../../src/react/create-chat-hooks.ts";
import type { UseChatOptions, UseChatResult } from "../../../src/react/use-chat.ts";
import type { UseChatListOptions, UseChatListResult } from "../../../src/react/use-chat-list.ts";
import type { FakeChatServer } from "../fakes/fake-chat-server.ts";

// Testing Library sets this only where the test functions are globals.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** A page with one chat, which counts how often it is rendered. */
export interface ChatPage extends RenderResult {
  readonly queryClient: QueryClient;
  /** The latest result of the hook. */
  chat(): UseChatResult;
  /** Renders the page with other options. */
  show(options: UseChatOptions): void;
  /** Hides the page and keeps its state, as a router does that can go back to it at once. */
  hide(): void;
  /** Each status in the order in which it was rendered, without repeats. */
  readonly statuses: string[];
  /** How often each row was rendered. */
  readonly rows: Map<string, number>;
  commits(): number;
}

export interface ListPage extends RenderResult {
  readonly queryClient: QueryClient;
  list(): UseChatListResult;
  show(options: UseChatListOptions): void;
}

export function renderChat(
  server: FakeChatServer,
  options: UseChatOptions & {
    readonly strict?: boolean;
    readonly queryClient?: QueryClient;
    readonly input?: () => object;
  } = {},
): ChatPage {
  const { strict = false, queryClient = new QueryClient(), input, ...chatOptions } = options;
  const { useChat } = createChatHooks(() => server.client, { input });
  const results: UseChatResult[] = [];
  const statuses: string[] = [];
  const rows = new Map<string, number>();
  let commits = 0;

  const Row = memo(function Row({ message }: { readonly message: ChatMessage }) {
    rows.set(message.id, (rows.get(message.id) ?? 0) + 1);
    return (
      <li data-message-id={message.id} data-status={message.status}>
        {message.content}
      </li>
    );
  });

  function Chat({ shown }: { readonly shown: UseChatOptions }) {
    const chat = useChat({ chatId: "chat", ...shown });
    results.push(chat);
    if (statuses.at(-1) !== chat.status) statuses.push(chat.status);
    return (
      <ol>
        {chat.messages.map((message) => (
          <Row key={message.id} message={message} />
        ))}
      </ol>
    );
  }

  const onRender: ProfilerOnRenderCallback = () => {
    commits++;
  };
  let latest = chatOptions;
  const pageOf = (shown: UseChatOptions, mode: "visible" | "hidden" = "visible"): ReactNode => {
    latest = shown;
    const page = (
      <Activity mode={mode}>
        <Profiler id="chat" onRender={onRender}>
          <Chat shown={shown} />
        </Profiler>
      </Activity>
    );
    return withClient(queryClient, strict ? <StrictMode>{page}</StrictMode> : page);
  };
  const rendered = render(pageOf(chatOptions));
  return {
    ...rendered,
    show: (shown) => rendered.rerender(pageOf(shown)),
    hide: () => rendered.rerender(pageOf(latest, "hidden")),
    queryClient,
    statuses,
    rows,
    commits: () => commits,
    chat: () => newest(results),
  };
}

export function renderList(server: FakeChatServer, options: UseChatListOptions = {}): ListPage {
  const queryClient = new QueryClient();
  const { useChatList } = createChatHooks(() => server.client);
  const results: UseChatListResult[] = [];

  function List({ shown }: { readonly shown: UseChatListOptions }) {
    results.push(useChatList(shown));
    return null;
  }

  const rendered = render(withClient(queryClient, <List shown={options} />));
  return {
    ...rendered,
    queryClient,
    list: () => newest(results),
    show: (shown) => rendered.rerender(withClient(queryClient, <List shown={shown} />)),
  };
}

export function withClient(queryClient: QueryClient, children: ReactNode): ReactNode {
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}

/** Runs everything that is due now: answers, notifications, effects. Needs fake timers. */
export async function settle(milliseconds = 1): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });
}

/** Starts an action as a click does. `result` is set if the action has resolved by the end of this tick. */
export async function perform<Output>(action: () => Promise<Output>): Promise<{ result?: Output }> {
  const outcome: { result?: Output } = {};
  const run = async (): Promise<void> => {
    outcome.result = await action();
  };
  await act(async () => {
    void run();
    await vi.advanceTimersByTimeAsync(1);
  });
  return outcome;
}

/** Draws one frame, and lets React commit the result. Needs fake timers. */
export async function drawFrame(): Promise<void> {
  await settle(17);
}

export function texts(messages: readonly ChatMessage[]): readonly string[] {
  return messages.map((message) => message.content);
}

function newest<Result>(results: readonly Result[]): Result {
  const result = results.at(-1);
  if (result === undefined) throw new Error("Nothing was rendered.");
  return result;
}
