import type {
  AskOptions,
  ChatOptions,
  NodeLLMCore,
  ThinkingConfig,
  ToolCall,
} from "@node-llm/core";
import type { TextKind } from "../../chat/answer-fold.ts";
import type { ChatMessage, ChatToolCall } from "../../chat/chat-message.ts";
import type { RequestOutcome } from "../messages/record-request.ts";
import type { ContextLimits } from "../provider/history.ts";

/** Options of one question: NodeLLM's own, with a signal that really ends it. */
export interface TurnOptions extends AskOptions {
  /** Ends the answer and closes the provider's connection. What was produced so far is kept. */
  signal?: AbortSignal;
  /** Thinking for this question, instead of the chat's own setting. */
  thinking?: ThinkingConfig;
}

/** How the turns of a chat are run. */
export interface TurnSettings {
  readonly llm: NodeLLMCore;
  readonly model: string | null;
  readonly instructions: readonly string[];
  readonly options: ChatOptions;
  readonly context: ContextLimits;
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Milliseconds after which a tool counts as hanging. */
  readonly toolTimeout: number;
  /** Longer results of tools are cut; 100,000 by default. */
  readonly maxToolResultChars?: number | undefined;
  /** Resolves to true for a call that may run only after an approval. */
  readonly needsApproval?:
    | ((call: ToolCall, messageId: string) => boolean | Promise<boolean>)
    | undefined;
  /** How long an answer waits for an approval, in milliseconds; a day by default. */
  readonly approvalTimeout?: number | undefined;
  /** What becomes of an answer that fails: `delete` it, or `keep` one that has text or tool results. */
  readonly onFailure: "delete" | "keep";
}

/** Where a turn puts what it produces, as it is produced. An `Answer` is one. */
export interface TurnSink {
  /** @param waitedMs milliseconds for which the text was gathered. */
  append(kind: TextKind, text: string, waitedMs?: number): void;
  setToolCall(call: ChatToolCall): void;
  /** A call of the provider has ended, in whatever way. */
  onRequest?(outcome: RequestOutcome): void;
  /** The answer has ended, or waits for an approval. */
  finish(message: ChatMessage): void;
}
