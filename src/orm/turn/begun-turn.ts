import type { ChatRow, MessageRow, ToolCallRow } from "../database/rows.ts";
import type { Spending } from "../usage/spending.ts";

/** The rows of a turn that has begun, or that continues after it has waited. */
export interface BegunTurn {
  readonly chat: ChatRow;
  readonly user: MessageRow | null;
  readonly assistant: MessageRow;
  /** Only for an answer that continues: its tool calls so far, and the number of the next entry of its log. */
  readonly continued?: { readonly toolCalls: readonly ToolCallRow[]; readonly seq: number };
  /** Who pays for the answer, which then holds a part of the limits. */
  readonly spending?: Spending | undefined;
  /** True when an earlier call has used what the answer holds, so that its next call has to be admitted. */
  readonly isHoldUsed?: boolean;
}
