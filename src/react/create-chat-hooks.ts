import { useQueryClient } from "@tanstack/react-query";
import type { ChatMessage, DataPart, MessageWith, WithObject } from "../chat/chat-message.ts";
import type { Metadata } from "../chat/chat-summary.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import { createChatKeys, readClientPath } from "./cache/chat-keys.ts";
import type { ChatClient } from "./connection/chat-client.ts";
import { withInput } from "./connection/with-input.ts";
import type { RouterContext } from "./session/router-context.ts";
import { routerContext } from "./session/router-context.ts";
import type { ShownAttachment, UseAttachmentResult } from "./use-attachment.ts";
import { useAttachment } from "./use-attachment.ts";
import type { UseChatListOptions, UseChatListResult } from "./use-chat-list.ts";
import { useChatList } from "./use-chat-list.ts";
import type { UseChatOptions, UseChatResult } from "./use-chat.ts";
import { useChat } from "./use-chat.ts";
import type { UseUsageOptions, UseUsageResult } from "./use-usage.ts";
import { useUsage } from "./use-usage.ts";

/** Where the chat router is and how its hooks connect to it. */
export interface ChatHooksOptions<Input extends object = object> {
  /**
   * Where the chat router is mounted, such as `"chat"` or `"ai.chat"`; `""` for the root. It is part of every
   * query key.
   * @default the path of the tRPC client, or `"chat"` when the client does not reveal it
   */
  readonly path?: string | undefined;
  /** The `keyPrefix` of `@trpc/tanstack-react-query`, if your app uses one. */
  readonly keyPrefix?: string | undefined;
  /**
   * Whether the tabs of a browser share their subscriptions. Pass a string to share only between tabs with the
   * same string, for example when one origin serves two apps.
   * @default true
   */
  readonly share?: boolean | string | undefined;
  /**
   * Returns the id of the user who is logged in: null for nobody, undefined while it is not known. It is called in
   * every render, so it may be a hook itself. When it changes, nothing of the former user is shown any more: the
   * cached chats are loaded again, and connections are only shared between tabs of the same user.
   * @default unknown: reload the page, or clear the `QueryClient`, when a user logs out
   */
  readonly user?: (() => string | null | undefined) | undefined;
  /**
   * Returns what the `input` of your own base procedure takes, such as `{ workspaceId }`. It is sent with every call, and
   * is part of every query key. It is called in every render, so it may be a hook itself.
   */
  readonly input?: (() => Input) | undefined;
}

/**
 * The hooks of one chat router.
 *
 * @typeParam Call a call of the router's tools.
 * @typeParam Data a part with data of the app.
 * @typeParam Meta the metadata of chats and messages.
 * @typeParam Given what the router takes as metadata.
 * @typeParam Message a message, whose `object` is of the router's `schema`.
 */
export interface ChatHooks<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Given extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /**
   * Shows a chat: loads its messages, streams its answers, and returns the actions of the user.
   *
   * It follows what other tabs and devices do in the chat, and resumes an answer in progress when it mounts.
   * Without a `chatId`, the first message creates the chat. Hooks that show the same chat share its state and
   * its connection.
   *
   * @example
   * ```tsx
   * function Chat({ chatId }: { chatId: string }) {
   *   const { messages, sendMessage, status, stop, error } = useChat({ chatId });
   *   return (
   *     <>
   *       {messages.map((message) => (
   *         <p key={message.id}>{message.content}</p>
   *       ))}
   *       {error && <p role="alert">{error.message}</p>}
   *       {status === "submitted" || status === "streaming" ? (
   *         <button onClick={stop}>Stop</button>
   *       ) : (
   *         <button onClick={() => sendMessage("Hello!")}>Say hello</button>
   *       )}
   *     </>
   *   );
   * }
   * ```
   */
  readonly useChat: (
    options?: UseChatOptions<Call, Data, Meta, Given, Message>,
  ) => UseChatResult<Call, Data, Meta, Given, Message>;

  /**
   * Lists the caller's chats, newest first, and creates, renames and deletes them.
   *
   * Renaming and deleting update the list optimistically, and roll back when the server refuses.
   *
   * @example
   * ```tsx
   * function Sidebar({ search }: { search: string }) {
   *   const { chats, hasMore, loadMore, deleteChat } = useChatList({ search });
   *   return (
   *     <nav>
   *       {chats.map((chat) => (
   *         <div key={chat.id}>
   *           <a href={`/chats/${chat.id}`}>{chat.title ?? "New chat"}</a>
   *           <button onClick={() => deleteChat(chat.id)}>Delete</button>
   *         </div>
   *       ))}
   *       {hasMore && <button onClick={loadMore}>More</button>}
   *     </nav>
   *   );
   * }
   * ```
   */
  readonly useChatList: (options?: UseChatListOptions) => UseChatListResult<Meta, Given>;

  /**
   * Sums up what the caller's chats have used, by day, model or chat: requests, errors, tokens, cost and latency.
   *
   * @example
   * ```tsx
   * function Costs() {
   *   const { groups } = useUsage({ groupBy: "model", from: "2026-01-01T00:00:00Z" });
   *   return groups.map((group) => (
   *     <p key={group.key}>
   *       {group.key}: {group.cost === null ? "unknown" : `$${group.cost.toFixed(2)}`}
   *     </p>
   *   ));
   * }
   * ```
   */
  readonly useUsage: (options: UseUsageOptions) => UseUsageResult;

  /**
   * Reads the bytes of an attachment, once: they never change.
   *
   * @example
   * ```tsx
   * function Picture({ attachment }: { attachment: ChatAttachment }) {
   *   const { url } = useAttachment(attachment);
   *   return url && <img src={url} alt={attachment.name ?? "Picture"} />;
   * }
   * ```
   */
  readonly useAttachment: (attachment: ShownAttachment) => UseAttachmentResult;
}

type MessageOf<Client extends ChatClient<never, never>> = Awaited<
  ReturnType<Client["messages"]["query"]>
>["items"][number];

type CallOf<Client extends ChatClient<never, never>> = MessageOf<Client>["toolCalls"][number];

type DataOf<Client extends ChatClient<never, never>> = Extract<
  MessageOf<Client>["parts"][number],
  { readonly type: "data" }
>;

/** A part with data of a client's router. */
export type DataPartOf<Client extends ChatClient<never, never>> =
  string extends DataOf<Client>["name"] ? DataPart : DataOf<Client>;

/** The metadata of a client's router. */
type MetadataOf<Client extends ChatClient<never, never>> = NonNullable<
  MessageOf<Client>["metadata"]
>;

/** What a client's router takes as metadata. */
type MetadataInputOf<Client> = Client extends {
  readonly send: { readonly mutate: (input: infer Input, ...rest: never[]) => unknown };
}
  ? Input extends { readonly metadata?: infer Given }
    ? NonNullable<Given> extends infer Taken extends Metadata
      ? Taken
      : Metadata
    : Metadata
  : Metadata;

/** A message of a client's router. */
type ShownMessage<Client extends ChatClient<never, never>> = MessageWith<
  ToolCallOf<Client>,
  DataPartOf<Client>,
  MetadataOf<Client>,
  OutputOf<Extract<MessageOf<Client>, { readonly status: "complete" }>>
>;

/** What a `schema` makes of an answer. Without one, no type of its own has the messages that are `complete`. */
type OutputOf<Whole extends WithObject> = [Whole] extends [never]
  ? unknown
  : NonNullable<Whole["object"]>;

/** A call of the tools of a client's router. */
export type ToolCallOf<Client extends ChatClient<never, never>> =
  string extends CallOf<Client>["name"] ? ChatToolCall : CallOf<Client>;

/**
 * Creates the hooks of a chat router. Its messages have the types of the router's tools.
 *
 * Call it once, in a client module. The tRPC client needs a link for subscriptions, such as
 * `httpSubscriptionLink` or `wsLink`.
 *
 * @param getClient returns the chat router's part of a tRPC client. It is called in every render, so it may be a
 *   hook itself.
 *
 * @example
 * ```ts
 * // @trpc/react-query
 * export const { useAttachment, useChat, useChatList, useUsage } = createChatHooks(
 *   () => trpc.useUtils().client.chat,
 * );
 *
 * // @trpc/tanstack-react-query
 * export const { useAttachment, useChat, useChatList, useUsage } = createChatHooks(
 *   () => useTRPCClient().chat,
 * );
 * ```
 */
export function createChatHooks<
  Client extends ChatClient<Input, never>,
  Input extends object = object,
>(
  getClient: () => Client,
  options?: ChatHooksOptions<Input>,
): ChatHooks<
  ToolCallOf<Client>,
  DataPartOf<Client>,
  MetadataOf<Client>,
  MetadataInputOf<Client>,
  ShownMessage<Client>
>;
// The hooks themselves do not depend on the tools.
export function createChatHooks(
  getClient: () => ChatClient,
  options: ChatHooksOptions = {},
): unknown {
  function useRouterContext(): RouterContext {
    const client = getClient();
    const input = options.input?.();
    const keys = createChatKeys(
      options.path ?? readClientPath(client) ?? "chat",
      options.keyPrefix,
      options.share,
      input,
    );
    return routerContext(useQueryClient(), keys, withInput(client, input), options.user?.());
  }

  const hooks: ChatHooks = {
    useChat: (chatOptions = {}) => useChat(useRouterContext(), chatOptions),
    useChatList: (listOptions = {}) => useChatList(useRouterContext(), listOptions),
    useAttachment: (attachment) => useAttachment(useRouterContext(), attachment),
    useUsage: (usageOptions) => useUsage(useRouterContext(), usageOptions),
  };
  return hooks;
}
