import type { MessageStatus } from "../chat/chat-message.ts";
import { logThrown } from "./log-failure.ts";
import type { AnswerErrorCode, ChatErrorCode } from "../chat/error-codes.ts";

/** The answer that an event is about. */
interface OfTurn {
  /** The chat of the answer. */
  readonly chatId: string;
  /** The answer. */
  readonly messageId: string;
  /** The model that was asked for; null when the provider's default is used. */
  readonly model: string | null;
  /** The provider's id in NodeLLM. */
  readonly provider: string | null;
}

/** What an answer took until it ended. */
interface Ended extends OfTurn {
  /** Milliseconds since `turnStarted` or `turnResumed`; 0 for an answer that was stopped while it waited. */
  readonly durationMs: number;
  /** Input tokens of all provider calls of the answer; null when they are not known. */
  readonly inputTokens: number | null;
  /** Output tokens of all provider calls of the answer; null when they are not known. */
  readonly outputTokens: number | null;
  /** How many of the input tokens came from the provider's cache; null when that is not known. */
  readonly cachedTokens: number | null;
  /** US dollars; null when a price is not known. */
  readonly cost: number | null;
}

/** The subscription that an event is about. */
interface OfSubscription {
  /** The procedure that was subscribed to. */
  readonly kind: "stream" | "watch";
  /** The chat that is watched, or the chat of the answer that is read. */
  readonly chatId: string;
  /** The answer that is read; null for `watch`. */
  readonly messageId: string | null;
  /** How many subscriptions of this kind the router has open after this event. */
  readonly open: number;
}

/**
 * What `onEvent` of a chat router is told, for metrics, traces and logs. No event contains a text of a user or a model,
 * except `error`, which is the provider's own. No event is sent for a chunk.
 */
export type ChatRouterEvent =
  /** An answer starts: both messages are committed, and the provider is called next. */
  | ({ readonly type: "turnStarted" } & OfTurn)
  /** An answer that waited for an approval or an output continues in this process. */
  | ({ readonly type: "turnResumed" } & OfTurn)
  /** The first text or thinking of an answer has arrived. */
  | ({
      readonly type: "firstToken";
      /** Milliseconds since `turnStarted` or `turnResumed`. */
      readonly durationMs: number;
    } & OfTurn)
  /** A provider call has ended. An answer with tools makes several. */
  | ({
      readonly type: "requestEnded";
      /** Milliseconds from the call to its end. */
      readonly durationMs: number;
      /** Milliseconds from the call to its first text or thinking; null when none came. */
      readonly firstTokenMs: number | null;
      /** The HTTP status; 499 when this process ended the call, 0 when no response came. */
      readonly statusCode: number;
      /** Input tokens of the call; 0 when the provider reported none. */
      readonly inputTokens: number;
      /** Output tokens of the call; 0 when the provider reported none. */
      readonly outputTokens: number;
      /** How many of the input tokens came from the provider's cache; null when it does not say. */
      readonly cachedTokens: number | null;
      /** US dollars; null when the price is not known. */
      readonly cost: number | null;
      /** `RATE_LIMITED`, `TIMEOUT`, …; null when the call succeeded. */
      readonly errorCode: AnswerErrorCode | null;
    } & OfTurn)
  /** A tool starts to run. */
  | ({
      readonly type: "toolStarted";
      /** The call, unique within the answer. */
      readonly toolCallId: string;
      /** The name of the tool. */
      readonly toolName: string;
    } & OfTurn)
  /** A tool call has its result, or was denied. */
  | ({
      readonly type: "toolEnded";
      /** The call, unique within the answer. */
      readonly toolCallId: string;
      /** The name of the tool. */
      readonly toolName: string;
      /** Milliseconds since `toolStarted`; null when the tool did not start in this process. */
      readonly durationMs: number | null;
      /** How the call ended. */
      readonly status: "complete" | "error" | "denied";
    } & OfTurn)
  /** An answer waits until somebody approves or denies these tool calls. Nothing runs until then. */
  | ({
      readonly type: "approvalRequested";
      /** The tool calls with the status `awaiting_approval`. */
      readonly toolCallIds: readonly string[];
    } & Ended)
  /** An answer waits until the page has sent the outputs of these tool calls. Nothing runs on the server until then. */
  | ({
      readonly type: "outputRequested";
      /** The tool calls with the status `awaiting_output`. */
      readonly toolCallIds: readonly string[];
    } & Ended)
  /** An answer is complete, or was ended by `stop` or by a drain of this process. */
  | ({
      readonly type: "turnFinished";
      /** How the answer ended. */
      readonly status: "complete" | "stopped" | "interrupted";
    } & Ended)
  /** An answer has failed. */
  | ({
      readonly type: "turnFailed";
      /** The code that the client sees: a `ChatErrorCode` only for an answer that was deleted or taken over. */
      readonly errorCode: AnswerErrorCode | ChatErrorCode;
      /** The original error, which no client sees. */
      readonly error: unknown;
    } & Ended)
  /** An answer was ended here because its process is gone, or its approval or output did not come in time. */
  | ({
      readonly type: "turnRecovered";
      /** How the answer ended. */
      readonly status: MessageStatus;
    } & OfTurn)
  /** A client has subscribed to `stream` or `watch`. */
  | ({ readonly type: "subscriptionOpened" } & OfSubscription)
  /** A subscription has ended, or its client has left. */
  | ({
      readonly type: "subscriptionClosed";
      /** Milliseconds that the subscription was open. */
      readonly durationMs: number;
    } & OfSubscription)
  /** The hub has lost its connection: answers of other instances are read from the database. */
  | { readonly type: "hubDegraded" }
  /** The hub has its connection back. */
  | { readonly type: "hubRestored" };

export type EmitEvent = (event: ChatRouterEvent) => void;

/** Wraps the app's `onEvent`, so that what it throws, or rejects with, never reaches the answer that the event is about. */
export function eventEmitter(
  onEvent: ((event: ChatRouterEvent) => unknown) | undefined,
): EmitEvent | null {
  if (onEvent === undefined) return null;
  return (event) => {
    const onThrown = (thrown: unknown): void =>
      logThrown(
        "`onEvent`",
        thrown,
        "error" in event ? event.error : null,
        `the event ${event.type}`,
      );
    try {
      const result = onEvent(event);
      if (result instanceof Promise) result.catch(onThrown);
    } catch (thrown) {
      onThrown(thrown);
    }
  };
}

/** What `ChatHub` tells of its connection. */
interface ConnectedHub {
  onConnectionChange?(listener: (isConnected: boolean) => void): void;
}

/** Emits an event each time that the hub loses its connection, or gets it back. */
export function emitConnection(hub: ConnectedHub, emit: EmitEvent): void {
  hub.onConnectionChange?.((isConnected) =>
    emit({ type: isConnected ? "hubRestored" : "hubDegraded" }),
  );
}
