import type { WaitingStatus } from "../../chat/chat-message.ts";
import type { ToolCallStatus } from "../../chat/tool-call.ts";
import type { ToolCallRow } from "../database/rows.ts";
import { toToolStatus } from "../messages/to-chat-message.ts";

/** A tool call of the turn. */
export interface TurnToolCall {
  readonly toolCallId: string;
  readonly name: string;
  /** The arguments as the model wrote them. */
  readonly arguments: string;
  /** The provider call that made this tool call, from 1. */
  readonly step: number;
  /** The order among the tool calls of the answer, from 0. */
  readonly position: number;
  /** The thinking right before the call. */
  readonly thought: string | null;
  /** The provider's signature of that thinking. */
  readonly thoughtSignature: string | null;
  readonly result: string | null;
  readonly status: ToolCallStatus;
  /** What the tool returned, as JSON. Null when that is the text in `result`, and without one. */
  readonly output: string | null;
  /** What the tool reported last, as JSON. */
  readonly progress: string | null;
  /** How often it has reported in this process. */
  readonly revision: number;
}

/** The status that a tool call begins with. `error`: its arguments do not fit. */
export type FirstCallStatus = "running" | WaitingStatus | "error";

/** The call in a row. */
export function toTurnToolCall(row: ToolCallRow): TurnToolCall {
  const { toolCallId, name, arguments: args, thought, thoughtSignature, result } = row;
  const { step = 0, position = 0, output = null, progress = null } = row;
  const status = toToolStatus(row.status, result);
  return {
    toolCallId,
    name,
    arguments: args,
    step,
    position,
    thought,
    thoughtSignature,
    result,
    status,
    output,
    progress,
    revision: 0,
  };
}
