/** Which pages of messages: the cursor is not part of the key. */
export interface MessagesKeyInput {
  readonly chatId: string;
  readonly limit?: number;
}

/** Which list of chats: the cursor is not part of the key. */
export interface ListKeyInput {
  readonly limit?: number;
  readonly search?: string;
}

/** Keys in tRPC's own format, so that `utils.chat.list.invalidate()` and a prefetch find the same entry. */
export interface ChatKeys {
  /** Names the router: two sets of hooks on one router share their sessions. */
  readonly id: string;
  messages(input: MessagesKeyInput): readonly unknown[];
  list(input: ListKeyInput): readonly unknown[];
  /** Every list, whatever its input and kind. */
  lists(): readonly unknown[];
  /** The entry of `get`. */
  chat(chatId: string): readonly unknown[];
  stats(chatId: string): readonly unknown[];
  usage(input: object): readonly unknown[];
  /** What the tabs of a browser call a subscription that they share; null when they do not. */
  topic(name: string): string | null;
}

/**
 * @param path where the chat router is mounted, like "chat" or "ai.chat"; "" for the root
 * @param prefix the `keyPrefix` of `@trpc/tanstack-react-query`, when the app uses one
 * @param share false keeps each tab on its own; only tabs with the same text share
 */
export function createChatKeys(
  path: string,
  prefix?: string,
  share: boolean | string = true,
): ChatKeys {
  const start = prefix === undefined || prefix === "" ? [] : [[prefix]];
  const router = path === "" ? [] : path.split(".");
  const key = (procedure: string, options?: object): readonly unknown[] =>
    options === undefined
      ? [...start, [...router, procedure]]
      : [...start, [...router, procedure], options];
  const id = JSON.stringify(key(""));
  return {
    id,
    messages: (input) => key("messages", { input, type: "infinite" }),
    list: (input) => key("list", { input, type: "infinite" }),
    lists: () => key("list"),
    chat: (chatId) => key("get", { input: { chatId }, type: "query" }),
    stats: (chatId) => key("stats", { input: { chatId }, type: "query" }),
    usage: (input) => key("usage", { input, type: "query" }),
    // The number is that of what tabs tell each other.
    topic: (name) => (share === false ? null : `node-llm-trpc/1/${share}/${id}/${name}`),
  };
}
