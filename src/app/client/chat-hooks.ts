import { createChatHooks } from "node-llm-trpc/react";
import { trpc } from "./trpc.ts";

export const { useChat, useChatList } = createChatHooks(() => trpc.useUtils().client.chat);
