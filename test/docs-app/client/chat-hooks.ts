import { createChatHooks } from "node-llm-trpc/react";
import { trpc } from "./trpc.ts";

export const { useChat, useChatList, useUsage } = createChatHooks(
  () => trpc.useUtils().client.chat,
);
