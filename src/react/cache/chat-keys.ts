/** The names under which the entries of one chat router are cached and its subscriptions shared. */
export interface ChatKeys {
  /** Identifies the router. */
  readonly id: string;
  /**
   * Returns a query key in tRPC's own format, so that `utils.chat.list.invalidate()` and a prefetch reach the
   * same entry. Without `input` or `type` the key is a prefix that matches the entries of all inputs or types.
   */
  readonly key: (
    procedure: string,
    type?: "query" | "infinite",
    input?: object,
  ) => readonly unknown[];
  /** Returns the name under which the tabs of a user share a subscription; null when they do not share. */
  readonly topic: (user: string | null | undefined, name: string) => string | null;
}

/**
 * @param path where the chat router is mounted, such as "chat" or "ai.chat"; "" for the root
 * @param prefix the `keyPrefix` of `@trpc/tanstack-react-query`, if the app uses one
 * @param base what the input of every procedure has
 * @param share false keeps each tab on its own; a string restricts sharing to tabs with the same string
 */
export function createChatKeys(
  path: string,
  prefix?: string,
  share: boolean | string = true,
  base?: object,
): ChatKeys {
  const key: ChatKeys["key"] = (procedure, type, input) => [
    ...(prefix ? [[prefix]] : []),
    `${path}.${procedure}`.split(".").filter(Boolean),
    ...(type ? [{ ...((input || base) && { input: { ...base, ...input } }), type }] : []),
  ];
  const id = JSON.stringify([key(""), base]);
  return {
    id,
    key,
    // The number is the version of the messages that tabs post to each other.
    topic: (user, name) =>
      share === false ? null : `node-llm-trpc/1/${share}/${user}/${id}/${name}`,
  };
}

/**
 * Reads from a tRPC client where its router is mounted: "ai.chat" for `client.ai.chat`. Returns undefined for any
 * other client. tRPC's proxies reveal their path only when they are converted to a string.
 */
export function readClientPath(client: object): string | undefined {
  try {
    return /^tRPC\.proxy\((.*)\)$/.exec(String(client))?.[1];
  } catch {
    return undefined;
  }
}
