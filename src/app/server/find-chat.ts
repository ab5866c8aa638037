import { TRPCError } from "@trpc/server";
import { cache } from "react";
import { createCaller } from "./router.ts";

/** Reads a chat, once per request. Returns null if there is none with this id. */
export const findChat = cache(async (chatId: string) => {
  try {
    return await createCaller().chat.get({ chatId });
  } catch (error) {
    if (error instanceof TRPCError && ["NOT_FOUND", "BAD_REQUEST"].includes(error.code))
      return null;
    throw error;
  }
});
