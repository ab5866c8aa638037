import type {
  ChatHooks,
  ChatSummary,
  ShownAttachment,
  UseAttachmentResult,
  UseChatListOptions,
  UseChatListResult,
  UseUsageOptions,
  UseUsageResult,
} from "node-llm-trpc/react";
import type { ComponentType, MouseEventHandler, ReactNode, Ref } from "react";
import { createContext, use } from "react";
import type { AppChat, ChatReader, ChatSettings, ModelChoice, UseAppChat } from "./app-types.ts";

/** What a link of the app's router takes. */
export interface AppLinkProps {
  readonly href: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly title?: string;
  readonly tabIndex?: number;
  readonly "aria-current"?: "page" | undefined;
  readonly "aria-label"?: string;
  readonly "data-new-chat"?: boolean;
  readonly ref?: Ref<HTMLAnchorElement>;
  readonly onClick?: MouseEventHandler;
}

/** A chat as it is stored, and what can be done with it. */
export interface StoredChat {
  /** Undefined while it is loading, and for a new chat. */
  readonly chat: ChatSummary | undefined;
  /** True if there is no such chat. */
  readonly isMissing: boolean;
  /** Rejects with the reason if the settings could not be saved. */
  readonly save: (settings: ChatSettings) => Promise<void>;
}

/**
 * What the components need from the app around them: its hooks, its router and its data. The hooks have to be the same
 * functions as long as the page is open.
 */
export interface ChatApp {
  readonly hooks: {
    readonly chat: UseAppChat;
    readonly chatList: ChatHooks["useChatList"];
    readonly usage: ChatHooks["useUsage"];
    readonly storedChat: (chatId: string | null) => StoredChat;
    readonly models: () => readonly ModelChoice[];
    readonly attachment: ChatHooks["useAttachment"];
  };
  /** Loads the list of chats again. */
  readonly refreshChats: () => void;
  /** Deletes a chat while the page is being left. */
  readonly deleteOnLeave: (chatId: string) => void;
  readonly reader: ChatReader;
  readonly Link: ComponentType<AppLinkProps>;
  /** The path of the page, without the host. */
  readonly path: string;
  readonly navigate: (path: string) => void;
}

export const ChatAppContext = createContext<ChatApp | null>(null);

export function useChatApp(): ChatApp {
  const app = use(ChatAppContext);
  if (app === null) {
    throw new Error("Put a `ChatAppContext` with the hooks around the page.");
  }
  return app;
}

export function useChat(options: Parameters<UseAppChat>[0]): AppChat {
  return useChatApp().hooks.chat(options);
}

export function useChatList(options?: UseChatListOptions): UseChatListResult {
  return useChatApp().hooks.chatList(options);
}

export function useUsage(options: UseUsageOptions): UseUsageResult {
  return useChatApp().hooks.usage(options);
}

export function useStoredChat(chatId: string | null): StoredChat {
  return useChatApp().hooks.storedChat(chatId);
}

export function useAttachment(attachment: ShownAttachment): UseAttachmentResult {
  return useChatApp().hooks.attachment(attachment);
}

export function useModels(): readonly ModelChoice[] {
  return useChatApp().hooks.models();
}
