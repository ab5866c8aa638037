import { randomUUID } from "node:crypto";
import type { MessageRow } from "../../database/rows.ts";
import { emptyMessage } from "../../database/rows.ts";
import type { TurnRequest } from "./turn-request.ts";

/** The rows of a turn: the question, unless an existing one is answered again, and the empty answer. */
export function newMessages(request: TurnRequest, headId: string | null, position: number) {
  const now = new Date();
  const parentId = request.parentId === undefined ? headId : request.parentId;
  const user: MessageRow | null =
    request.user === null
      ? null
      : {
          ...emptyMessage(request.user.id, request.chat.id, "user", now),
          content: request.user.content,
          contentRaw: request.user.contentRaw,
          metadata: request.user.metadata ?? null,
          parentId,
          position: position + 1,
          status: "complete",
        };
  const assistant: MessageRow = {
    ...emptyMessage(randomUUID(), request.chat.id, "assistant", now),
    modelId: request.model,
    provider: request.provider,
    parentId: user?.id ?? parentId,
    position: position + (user === null ? 1 : 2),
    status: "pending",
    turnLock: request.chat.id,
    finishDueAt: request.isFinishDue === true ? now : null,
  };
  return { user, assistant };
}
