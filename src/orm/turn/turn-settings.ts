import type {
  AskOptions,
  ChatOptions,
  NodeLLMCore,
  ThinkingConfig,
  ToolCall,
} from "@node-llm/core";
import type { ContextLimits } from "../provider/history.ts";

/** Options of one question: core's, with a signal that really ends it. */
export interface TurnOptions extends AskOptions {
  /** Ends the answer and closes the provider's connection. What has been produced stays. */
  signal?: AbortSignal;
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
  /** True for a call that may run only when somebody allows it. */
  readonly needsApproval?:
    | ((call: ToolCall, messageId: string) => boolean | Promise<boolean>)
    | undefined;
  /** For how long, in milliseconds, an answer waits for that; a day by default. */
  readonly approvalTimeout?: number | undefined;
  /** What becomes of an answer that fails: `delete` it, or `keep` one that has text or tool results. */
  readonly onFailure: "delete" | "keep";
}
