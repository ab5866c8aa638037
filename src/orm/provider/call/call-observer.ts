import type { ChatRequest, ToolCall } from "@node-llm/core";
import type { FinishReason } from "../../../chat/chat-message.ts";
import type { ContinuedAnswer } from "./continued-answer.ts";
import type { WrittenArguments } from "../written-calls.ts";
import type { RequestOutcome } from "../../usage/record-call.ts";

/** What every call of a provider needs. */
export interface CallObserver {
  /** Ends the call and closes the provider's connection. */
  readonly signal: AbortSignal;
  /** Whether to mark what the provider should cache: not for a single question, whose prompt is never read again. */
  readonly cachesPrompt: boolean;
  /** Called once for each call of the provider when it has ended, successfully or not. */
  onRequest(outcome: RequestOutcome): Promise<void>;
}

/** A model as its provider calls it, with the provider's id. */
export interface CalledModel {
  readonly model: string;
  readonly provider: string;
}

/** What a call of a provider also needs when core makes it for an answer. */
export interface AnswerObserver extends CallObserver {
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Passes text on to core in large pieces after the first one. `onText` still gets each piece as it arrives. */
  readonly mergesText?: boolean;
  /** The ids of the message's tool calls. A provider may repeat its ids, but a message must not. */
  readonly toolCallIds: Set<string>;
  /** The answer that this turn continues; null for a new one. */
  readonly continued: ContinuedAnswer | null;
  /** Called before each call: the first one, the next one after tools, or another attempt. */
  onCall(): void;
  /**
   * Called before another model is called than the one before, with the name as the app gave it; null for the one that
   * the answer was begun with.
   */
  onModel(model: CalledModel | null): Promise<void>;
  /** Awaited right before a provider is called, which does not happen when it rejects. */
  admit(request: ChatRequest, model: CalledModel): Promise<void>;
  /** The text with which a tool has ended the answer, so that there is no further call; null to go on. */
  takeHalt(): string | null;
  /** True when the answer must be suspended because a tool call waits for approval. */
  isWaiting(): boolean;
  /** True when a tool of this answer has a result: then the model may say nothing in its last call. */
  hasToolResults(): boolean;
  /**
   * Called when core passes the result of a tool on to the model.
   *
   * @returns what the model gets instead.
   */
  onToolAnswer(
    toolCallId: string,
    content: string,
  ): { readonly content: string; readonly isError: boolean };
  /** @param waitedMs milliseconds since the first byte of the text arrived. */
  onText(text: string, waitedMs?: number): void;
  onThinking(thinking: {
    text?: string | undefined;
    signature?: string | undefined;
    tokens?: number | undefined;
  }): void;
  /** Called with each piece of the arguments of a tool call, before the call is whole. */
  onWritten(piece: WrittenArguments): void;
  /** Resolves to the calls that core should run now. */
  onToolCalls(calls: readonly ToolCall[]): Promise<readonly ToolCall[]>;
  /** Called when the provider has ended a call, with its reason; null when it gave none. */
  onFinish(reason: FinishReason | null): void;
}
