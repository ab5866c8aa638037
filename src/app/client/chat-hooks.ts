import { createChatHooks } from "node-llm-trpc/react";
import { useTRPCClient } from "./trpc.ts";

export const { useAttachment, useChat, useChatList, useUsage } = createChatHooks(
  () => useTRPCClient().chat,
);
