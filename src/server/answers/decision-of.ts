import { ChatError } from "../../chat/chat-error.ts";
import type { ToolCallRow } from "../../orm/database/rows.ts";
import type { ToolDecision } from "../../orm/turn/decide-tool-call.ts";
import { noSuchToolCall } from "../../orm/turn/decide-tool-call.ts";
import { turnDefaults } from "../../orm/turn/turn-settings.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import type { ChatLimits } from "../chat-router-options.ts";
import type { AnswerSettings } from "./create-turn-settings.ts";

/** The input of `respondToTool` as its validator returns it: `approved` or `output` is there. */
export interface ToolResponseInput {
  readonly messageId: string;
  readonly toolCallId: string;
  readonly approved?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly output?: JsonValue | undefined;
}

/**
 * What the page has decided on a tool call.
 *
 * @throws ChatError `BAD_REQUEST` when the output does not fit, `CONFLICT` when the page runs no such tool.
 */
export async function decisionOf(
  call: ToolCallRow | undefined,
  { toolCallId, output, approved = false, reason }: ToolResponseInput,
  { bound, maxToolResultChars = turnDefaults.maxToolResultChars }: AnswerSettings,
  { maxAnswerOutputBytes: maxBytes }: ChatLimits,
): Promise<ToolDecision> {
  if (output === undefined) {
    const pageTools = [...bound.values()].flatMap(({ isOfPage, name }) => (isOfPage ? name : []));
    return { toolCallId, approved, reason, pageTools };
  }
  if (call === undefined) throw noSuchToolCall();
  const tool = bound.get(call.name);
  if (tool?.isOfPage !== true) {
    throw new ChatError(
      "CONFLICT",
      `The page does not run the tool '${call.name}', so that its output is not accepted. Reload the page, or deny the call with \`approved: false\`.`,
    );
  }
  return { toolCallId, ...(await tool.respond(output, maxToolResultChars)), maxBytes };
}
