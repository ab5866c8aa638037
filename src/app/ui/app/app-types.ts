import type { ChatMessage, ChatSummary, Page } from "node-llm-trpc/react";

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
    }): Promise<Page<ChatMessage>>;
  };
}

/** The settings that a user can change for one chat. */
export interface ChatSettings {
  readonly instructions: string;
  /** 0 to 2; null for the model's default. */
  readonly temperature: number | null;
}
