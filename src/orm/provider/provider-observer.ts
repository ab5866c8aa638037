import type { ToolCall } from "@node-llm/core";
import type { ContinuedAnswer } from "./continued-answer.ts";
import type { RequestOutcome } from "../messages/record-request.ts";

/** What a turn wants to know of the calls that core makes for it. */
export interface ProviderObserver {
  readonly signal: AbortSignal;
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Hands the text of a stream over to core in large pieces, behind the first one; `onText` is told of each as it comes. */
  readonly mergesText?: boolean;
  /** Tool call ids that are taken: a provider may repeat its ids, a message may not. */
  readonly toolCallIds: Set<string>;
  /** Core makes a call: the first one, the next one after tools, or another try. */
  onCall(): void;
  /** The text that a tool has ended the answer with, instead of another call; null to go on. */
  takeHalt(): string | null;
  /** True when the answer is to end here, since a tool call waits for approval. */
  isWaiting(): boolean;
  /** The answer that this turn continues; null for a new one. */
  readonly continued: ContinuedAnswer | null;
  /** Core hands the result of a tool to the model. */
  onToolAnswer(toolCallId: string, content: string): { readonly isError: boolean };
  /** @param waitedMs for how long the text has been gathered. */
  onText(text: string, waitedMs?: number): void;
  onThinking(thinking: {
    text?: string | undefined;
    signature?: string | undefined;
    tokens?: number | undefined;
  }): void;
  /** Resolves to the calls that core is to run now. */
  onToolCalls(calls: readonly ToolCall[]): Promise<readonly ToolCall[]>;
  onRequest(outcome: RequestOutcome): Promise<void>;
}
