import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { openTurn } from "./open-turn.ts";

/** Leaves an answer in the database that waits for the approval of these tool calls, as a suspended turn does. */
export async function openWaitingTurn(
  prisma: PrismaClient,
  chatId: string,
  toolCallIds: readonly string[],
): Promise<string> {
  const messageId = await openTurn(prisma, chatId, { secondsAgo: 1, text: [] });
  const parts = [["text", 7], ...toolCallIds.map((id) => ["tool", id])];
  await prisma.llmMessage.update({
    where: { id: messageId },
    data: { status: "awaiting_approval", content: "May I? ", parts: JSON.stringify(parts) },
  });
  await prisma.llmToolCall.createMany({
    data: toolCallIds.map((toolCallId, position) => ({
      messageId,
      toolCallId,
      name: "remove",
      arguments: "{}",
      position,
      step: 1,
      status: "awaiting_approval",
    })),
  });
  await prisma.llmMessageChunk.create({
    data: { messageId, seq: 0, kind: "approval", text: "", timeoutMs: 60_000, at: 500 },
  });
  return messageId;
}
