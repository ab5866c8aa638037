import type { TRPCClient } from "@trpc/client";
import type { ChatSummary, createChatHooks, Page } from "node-llm-trpc/react";
import type { AppRouter } from "../../server/router.ts";

/** The hook that shows a chat. The types of the tools and of the data come from the router, by inference alone. */
export type UseAppChat = ReturnType<
  typeof createChatHooks<TRPCClient<AppRouter>["chat"]>
>["useChat"];

/** What it returns. */
export type AppChat = ReturnType<UseAppChat>;

/** A message of the app. */
export type AppMessage = AppChat["messages"][number];

/** A call of one of the app's tools. */
export type AppToolCall = AppMessage["toolCalls"][number];

/** Data that the app's tools write into an answer. */
export type AppData = Extract<AppMessage["parts"][number], { readonly type: "data" }>;

/** A model that the user can choose. */
export interface ModelChoice {
  readonly id: string;
  readonly isDefault: boolean;
  /** US dollars per million tokens; null if unknown. */
  readonly inputPrice: number | null;
  readonly outputPrice: number | null;
}

/** The part of the tRPC client that reading a chat needs. */
export interface ChatReader {
  readonly get: { query(input: { chatId: string }): Promise<ChatSummary> };
  readonly messages: {
    query(input: {
      chatId: string;
      limit: number;
      cursor?: string | null;
    }): Promise<Page<AppMessage>>;
  };
}

/** The settings that a user can change for one chat. */
export interface ChatSettings {
  readonly instructions: string;
  /** 0 to 2; null for the model's default. */
  readonly temperature: number | null;
}
