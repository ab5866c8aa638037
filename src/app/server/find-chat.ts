import { TRPCError } from "@trpc/server";
import { cache } from "react";
import { createCaller } from "./router.ts";

/** The chat, asked for once per page; null when there is none with this id. */
export const findChat = cache(async (chatId: string) => {
  try {
    return await createCaller().chat.get({ chatId });
  } catch (error) {
    if (error instanceof TRPCError && ["NOT_FOUND", "BAD_REQUEST"].includes(error.code))
      return null;
    throw error;
  }
});
