"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import type { MouseEvent, ReactNode } from "react";
import { useMemo } from "react";
import type { AppLinkProps, ChatApp, StoredChat } from "../ui/app/chat-app.ts";
import { ChatAppContext } from "../ui/app/chat-app.ts";
import type { ModelChoice } from "../ui/app/app-types.ts";
import { useAttachment, useChat, useChatList, useUsage } from "./chat-hooks.ts";
import { useTRPC, useTRPCClient } from "./trpc.ts";

const hooks: ChatApp["hooks"] = {
  chat: useChat,
  chatList: useChatList,
  usage: useUsage,
  storedChat: useStoredChat,
  models: useModels,
  attachment: useAttachment,
};

/** Connects the components to tRPC and to Next's router. */
export function ChatAppProvider({ children }: { readonly children: ReactNode }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const path = usePathname();
  const router = useRouter();
  const app = useMemo(
    (): ChatApp => ({
      hooks,
      refreshChats: () => void queryClient.invalidateQueries(trpc.chat.list.pathFilter()),
      deleteOnLeave,
      reader: client.chat,
      Link,
      path,
      navigate: (to) => router.push(to),
    }),
    [trpc, client, queryClient, path, router],
  );
  return <ChatAppContext value={app}>{children}</ChatAppContext>;
}

/**
 * A link to another page of the app. Next's own would load each page in advance, which costs as much as a visit, since it is
 * rendered for its user. Without that, it does no more than this.
 */
function Link({ href, onClick, ...rest }: AppLinkProps) {
  const router = useRouter();
  return (
    <a
      href={href}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || opensElsewhere(event)) return;
        event.preventDefault();
        router.push(href);
      }}
      {...rest}
    />
  );
}

/** Whether the user wants the link in a new tab or window, or as a download. */
function opensElsewhere({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button !== 0 || metaKey || ctrlKey || shiftKey || altKey;
}

function useStoredChat(chatId: string | null): StoredChat {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const input = { chatId: chatId ?? "" };
  const query = useQuery(trpc.chat.get.queryOptions(input, { enabled: chatId !== null }));
  const client = useTRPCClient();
  return {
    chat: query.data,
    isMissing: query.error?.data?.code === "NOT_FOUND",
    save: async ({ instructions, temperature }) => {
      if (chatId === null) return;
      const chat = await client.chat.update.mutate({
        chatId,
        instructions: instructions || null,
        temperature,
      });
      queryClient.setQueryData(trpc.chat.get.queryKey(input), chat);
    },
  };
}

const none: readonly ModelChoice[] = [];

function useModels(): readonly ModelChoice[] {
  const trpc = useTRPC();
  const options = trpc.chat.models.queryOptions(undefined, { staleTime: Infinity });
  return useQuery(options).data ?? none;
}

/** Sends the deletion with `keepalive`, because the client's own request would end with the page. */
function deleteOnLeave(chatId: string): void {
  void fetch("/api/trpc/chat.delete", {
    method: "POST",
    keepalive: true,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chatId }),
  });
}
