import type { QueryClient } from "@tanstack/react-query";
import type { ChatKeys } from "./chat-keys.ts";

/**
 * Changes what lists and `get` show of a chat while the server is asked for it; rejects, with everything
 * back, when it refuses. A fetch under way would undo the change: it is stopped, and made again afterwards.
 */
export async function changeOptimistically<Output>(
  client: QueryClient,
  keys: ChatKeys,
  chatId: string,
  change: () => void,
  request: () => Promise<Output>,
): Promise<Output> {
  const lists = { queryKey: keys.lists() };
  const chatKey = keys.chat(chatId);
  let mustRefetch = client.isFetching(lists) > 0;
  if (mustRefetch) void client.cancelQueries(lists);
  const before = [
    ...client.getQueriesData(lists),
    [chatKey, client.getQueryData(chatKey)] as const,
  ];
  change();
  try {
    return await request();
  } catch (error) {
    for (const [key, data] of before) client.setQueryData(key, data);
    // Something else may have changed meanwhile, and is put back as well.
    mustRefetch = true;
    throw error;
  } finally {
    if (mustRefetch) void client.invalidateQueries(lists);
  }
}
