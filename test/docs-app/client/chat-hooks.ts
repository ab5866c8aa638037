import { createChatHooks } from "node-llm-trpc/react";
import { trpc } from "./trpc.ts";

export const { useAttachment, useChat, useChatList, useUsage } = createChatHooks(
  () => trpc.useUtils().client.chat,
);
