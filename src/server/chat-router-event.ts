import type { MessageStatus } from "../chat/chat-message.ts";

/** The answer that an event is about. */
interface OfTurn {
  readonly chatId: string;
  /** The assistant message. */
  readonly messageId: string;
  /** As it was asked for; null when the provider's default is used. */
  readonly model: string | null;
  /** The provider's id in NodeLLM. */
  readonly provider: string | null;
}

interface Ended extends OfTurn {
  /** Since `turnStarted` or `turnResumed`, in milliseconds; 0 for an answer that was stopped while it waited. */
  readonly durationMs: number;
  /** Of all calls of the provider; null when none is known. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** US dollars; null when a price is not known. */
  readonly cost: number | null;
}

interface OfSubscription {
  readonly kind: "stream" | "watch";
  readonly chatId: string;
  /** The answer that is read; null for `watch`. */
  readonly messageId: string | null;
  /** How many of this kind are open in this router, after the event. */
  readonly open: number;
}

/**
 * What happens in a chat router, for metrics, traces and logs. Nothing in it is a text of a user or a model,
 * except `error`, which is the provider's own. There is no event for a chunk.
 */
export type ChatRouterEvent =
  /** An answer begins: both messages are committed, the provider is called next. */
  | ({ readonly type: "turnStarted" } & OfTurn)
  /** An answer that waited for an approval goes on, in this process. */
  | ({ readonly type: "turnResumed" } & OfTurn)
  /** The first text or thinking of the answer. `durationMs` counts from `turnStarted`. */
  | ({ readonly type: "firstToken"; readonly durationMs: number } & OfTurn)
  /** One call of the provider has ended, and is in the ledger. An answer with tools has several. */
  | ({
      readonly type: "requestEnded";
      readonly durationMs: number;
      /** From the call to its first text or thinking; null when there was none. */
      readonly firstTokenMs: number | null;
      /** HTTP; 499 when the call was ended from here, 0 when no response came. */
      readonly statusCode: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly cost: number | null;
      /** `RATE_LIMITED`, `TIMEOUT`, …; null when the call succeeded. */
      readonly errorCode: string | null;
    } & OfTurn)
  /** The model has called a tool. */
  | ({
      readonly type: "toolStarted";
      readonly toolCallId: string;
      readonly toolName: string;
    } & OfTurn)
  | ({
      readonly type: "toolEnded";
      readonly toolCallId: string;
      readonly toolName: string;
      /** Null when its start was in another process. */
      readonly durationMs: number | null;
      readonly status: "complete" | "error" | "denied";
    } & OfTurn)
  /** The answer waits for somebody to allow these tool calls. Nothing runs meanwhile. */
  | ({ readonly type: "approvalRequested"; readonly toolCallIds: readonly string[] } & Ended)
  /** The answer has ended: by the model, by `stop`, or by a drain of this process. */
  | ({
      readonly type: "turnFinished";
      readonly status: "complete" | "stopped" | "interrupted";
    } & Ended)
  /** The answer failed. `errorCode` is what the client sees of it; `error` is the provider's own. */
  | ({
      readonly type: "turnFailed";
      readonly errorCode: string;
      readonly error: unknown;
    } & Ended)
  /** An answer was found whose process is gone, or whose approval did not come in time, and has been ended. */
  | ({ readonly type: "turnRecovered"; readonly status: MessageStatus } & OfTurn)
  | ({ readonly type: "subscriptionOpened" } & OfSubscription)
  | ({ readonly type: "subscriptionClosed"; readonly durationMs: number } & OfSubscription)
  /** The hub has lost its server: readers on other instances follow the database. */
  | { readonly type: "hubDegraded" }
  | { readonly type: "hubRestored" };

export type EmitEvent = (event: ChatRouterEvent) => void;

/** What the app's `onEvent` throws, or rejects with, never reaches the answer that the event is about. */
export function eventEmitter(
  onEvent: ((event: ChatRouterEvent) => unknown) | undefined,
): EmitEvent | null {
  if (onEvent === undefined) return null;
  const log = (type: string, error: unknown): void =>
    // oxlint-disable-next-line no-console -- the last place where the failure can be seen
    console.error(`node-llm-trpc: onEvent failed at ${type}.`, error);
  return (event) => {
    try {
      const result = onEvent(event);
      if (result instanceof Promise) result.catch((error: unknown) => log(event.type, error));
    } catch (error) {
      log(event.type, error);
    }
  };
}
