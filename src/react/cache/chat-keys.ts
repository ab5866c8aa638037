/** Keys in tRPC's own format, so that `utils.chat.list.invalidate()` and a prefetch find the same entry. */
export interface ChatKeys {
  /** Names the router. */
  readonly id: string;
  /**
   * The key of a procedure's entry; without its input that of all with that type, and without the type that of
   * all. The cursor is not part of the input.
   */
  readonly key: (
    procedure: string,
    type?: "query" | "infinite",
    input?: object,
  ) => readonly unknown[];
  /** What the tabs of a browser call a subscription that they share; null when they do not. */
  readonly topic: (name: string) => string | null;
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
  const key: ChatKeys["key"] = (procedure, type, input) => [
    ...(prefix ? [[prefix]] : []),
    [...(path ? path.split(".") : []), procedure],
    ...(type ? [{ ...(input && { input }), type }] : []),
  ];
  const id = JSON.stringify(key(""));
  return {
    id,
    key,
    // The number is that of what tabs tell each other.
    topic: (name) => (share === false ? null : `node-llm-trpc/1/${share}/${id}/${name}`),
  };
}
