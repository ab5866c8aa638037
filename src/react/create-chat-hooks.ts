import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ChatClient } from "./connection/chat-client.ts";
import type { ChatKeys } from "./cache/chat-keys.ts";
import { createChatKeys } from "./cache/chat-keys.ts";
import type { ChatRouterCache } from "./session/router-context.ts";
import { chatRouterCache } from "./session/router-context.ts";
import { readClientPath } from "./cache/read-client-path.ts";
import type { UseChatOptions, UseChatResult } from "./use-chat.ts";
import { useChatOn } from "./use-chat.ts";
import type { UseChatListOptions, UseChatListResult } from "./use-chat-list.ts";
import { useChatListOn } from "./use-chat-list.ts";
import type { UseUsageOptions, UseUsageResult } from "./use-usage.ts";
import { useUsageOn } from "./use-usage.ts";

export interface ChatHooksOptions {
  /**
   * Where the chat router is mounted, like "chat" or "ai.chat"; "" for the root. Read from the client
   * where it tells, otherwise "chat".
   */
  readonly path?: string | undefined;
  /** The `keyPrefix` of `@trpc/tanstack-react-query`, when the app uses one. */
  readonly keyPrefix?: string | undefined;
  /**
   * Whether the tabs of a browser share their connections. A text keeps those apart that have another
   * one, for two servers behind one origin. True by default.
   */
  readonly share?: boolean | string | undefined;
}

export interface ChatHooks {
  readonly useChat: (options?: UseChatOptions) => UseChatResult;
  readonly useChatList: (options?: UseChatListOptions) => UseChatListResult;
  readonly useUsage: (options: UseUsageOptions) => UseUsageResult;
}

/**
 * Binds the hooks to an app's chat router.
 *
 * @param getClient returns the chat router's part of a tRPC client; called in each render, so it may
 *   itself be a hook: `() => trpc.useUtils().client.chat`, `() => useTRPCClient().chat`
 */
export function createChatHooks(
  getClient: () => ChatClient,
  options: ChatHooksOptions = {},
): ChatHooks {
  let keys: ChatKeys | undefined;

  function useRouter(): ChatRouterCache {
    const client = getClient();
    keys ??= createChatKeys(
      options.path ?? readClientPath(client) ?? "chat",
      options.keyPrefix,
      options.share,
    );
    const router = chatRouterCache(useQueryClient(), keys, client);
    useEffect(() => {
      router.client = client;
    });
    return router;
  }

  return {
    useChat: (chatOptions = {}) => useChatOn(useRouter(), chatOptions),
    useChatList: (listOptions = {}) => useChatListOn(useRouter(), listOptions),
    useUsage: (usageOptions) => useUsageOn(useRouter(), usageOptions),
  };
}
