import type { JsonValue } from "../shared/json-value.ts";
import type { AnswerErrorCode } from "./error-codes.ts";
import type { Metadata } from "./chat-summary.ts";
import type { ChatToolCall } from "./tool-call.ts";

/** Who wrote a message. The other roles than `user` and `assistant` are for rows that other software has written. */
export type MessageRole = "user" | "assistant" | "system" | "tool";

/**
 * How far a message has come. The first four are in progress (`isInProgress`), the others are final.
 *
 * - `pending`: the answer has begun and is still empty.
 * - `streaming`: the answer is being produced.
 * - `awaiting_approval`: the answer continues when its tool calls are approved or denied with `respondToTool`.
 * - `awaiting_output`: the answer continues when `respondToTool` has brought the outputs of its tool calls that the page
 *   runs.
 * - `complete`: the model finished the answer. User messages are always complete.
 * - `stopped`: somebody stopped the answer, which keeps what it had by then.
 * - `failed`: the answer failed. `error` says why.
 * - `interrupted`: the process that produced the answer was shut down or killed. What was saved by then is kept.
 */
export type MessageStatus =
  | "pending"
  | "streaming"
  | "awaiting_approval"
  | "awaiting_output"
  | "complete"
  | "stopped"
  | "failed"
  | "interrupted";

/**
 * Why the model ended an answer, in the provider's own judgment.
 *
 * - `stop`: the model had said everything.
 * - `length`: the answer reached the limit of its tokens and is cut off.
 * - `content_filter`: the provider cut the rest off because of its content.
 * - `refusal`: the model refused to answer. The content says so.
 * - `tool_calls`: the model called tools, and was not asked again after them.
 * - `other`: another reason of the provider.
 */
export type FinishReason =
  | "stop"
  | "length"
  | "content_filter"
  | "refusal"
  | "tool_calls"
  | "other";

/** Data of the app in an answer: written by a tool or by `onStart` of the router, and never sent to the model. */
export interface DataPart {
  readonly type: "data";
  /** What kind of data it is: a key of the router's option `data`. */
  readonly name: string;
  /** Data that is written again with the same name and the same id replaces what was there. */
  readonly id: string;
  /** The data. */
  readonly data: JsonValue;
}

/**
 * A part of a message. A `tool` part refers to a call in `toolCalls` by its id.
 *
 * @typeParam Data a part with data of the app.
 */
export type MessagePart<Data extends DataPart = DataPart> =
  | Data
  | {
      readonly type: "text";
      /** A piece of the content. */
      readonly text: string;
    }
  | {
      readonly type: "thinking";
      /** A piece of the thinking. */
      readonly text: string;
    }
  | {
      readonly type: "tool";
      /** The call, in `toolCalls`. */
      readonly toolCallId: string;
    };

/** A file of a user message. Its bytes are at `url`, or come from the `attachment` query. */
export interface ChatAttachment {
  /** The id, for `attachment`; empty until the server has the file. Edited versions of a message share their files. */
  readonly id: string;
  /** The name of the file. Null when it has none. */
  readonly name: string | null;
  /** The media type, such as `image/png`. The server has compared it with the bytes. */
  readonly mediaType: string;
  /** How many bytes the file has; 0 until the server has it. */
  readonly size: number;
  /**
   * Where the browser can read the file for a while. Null unless the app's storage gives such addresses: use
   * `attachment` then.
   */
  readonly url: string | null;
}

/** Why an answer failed. */
export interface ChatMessageError {
  /** The reason, for your program. `docs/errors.md` lists all codes. */
  readonly code: AnswerErrorCode;
  /** The reason in English. Safe to show to users: it never contains the provider's own text. */
  readonly message: string;
  /** Whether `regenerate` may succeed. */
  readonly retryable: boolean;
}

/** The tokens and the cost of a message, for all provider calls of its answer together. Unknown is null, never 0. */
export interface MessageUsage {
  /** Tokens that the model read. */
  readonly inputTokens: number | null;
  /** Tokens that the model wrote. */
  readonly outputTokens: number | null;
  /** How many of the input tokens came from the provider's cache. Null when it does not say. */
  readonly cachedTokens: number | null;
  /** US dollars. Null when the price of one of the calls is unknown. */
  readonly cost: number | null;
}

/**
 * A message of a chat, as the procedures return it: plain JSON.
 *
 * @typeParam Call a call of the router's tools.
 * @typeParam Data a part with data of the app.
 * @typeParam Meta what the app keeps with a message.
 * @typeParam Shown what an answer says so far, when the router has a `schema`.
 */
export interface ChatMessage<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Shown = JsonValue,
> {
  /** The id of the message. `send` lets the client choose that of a user message. */
  readonly id: string;
  /** The chat that the message belongs to. */
  readonly chatId: string;
  /** The message that this one answers or follows. Null for a first message. */
  readonly parentId: string | null;
  /** Who wrote the message. */
  readonly role: MessageRole;
  /** How far the message has come. */
  readonly status: MessageStatus;
  /** The text of the message: all `text` parts joined. */
  readonly content: string;
  /** The text, the thinking, the tool calls and the data in the order in which they were produced. */
  readonly parts: readonly MessagePart<Data>[];
  /** All `thinking` parts joined. Null when the model showed none. */
  readonly thinking: string | null;
  /** The files that were sent with a user message. */
  readonly attachments: readonly ChatAttachment[];
  /** The tool calls of an answer, in the order in which the model made them. */
  readonly toolCalls: readonly Call[];
  /** The tokens and the cost of an answer. */
  readonly usage: MessageUsage;
  /** The model that gave the answer: the one that was asked for, or one of `fallback`. Null for a user message. */
  readonly model: string | null;
  /** The id of its provider, such as `OpenAI`. Null for a user message. */
  readonly provider: string | null;
  /**
   * Why the model ended the answer: the reason of its last call. Null for a user message, for an answer in progress,
   * and for one that did not end by the provider's word, such as a stopped one.
   */
  readonly finishReason: FinishReason | null;
  /**
   * What the app keeps with the message: of a user message what `send` was given, of an answer what `onFinish` of the
   * router returned. Null when there is none.
   */
  readonly metadata: Meta | null;
  /**
   * What an answer says, when the router has a `schema`: all that can be read of it while the answer is in progress, and
   * the value that the schema has checked once it is `complete`. Null when there is none.
   */
  readonly object: Shown | null;
  /** Why the answer failed or was interrupted. Null for any other message. */
  readonly error: ChatMessageError | null;
  /**
   * The place of the message among its siblings, such as the answers to one question. Siblings have the same parent
   * and the same role.
   */
  readonly siblings: {
    /** The place, from 0. */
    readonly index: number;
    /** How many siblings there are, this message included. */
    readonly count: number;
  };
  /** The ids of the siblings in their order, this message included. Pass one to `selectBranch` to switch to it. */
  readonly siblingIds: readonly string[];
  /** When the message was created, in ISO 8601. */
  readonly createdAt: string;
  /** When the answer ended, in ISO 8601. Null while it is in progress, and for a user message. */
  readonly finishedAt: string | null;
}

/** Whether a message with this status can still change. False for `undefined`, so for no message. */
export function isInProgress(status: string | undefined): boolean {
  return status === "pending" || status === "streaming" || isWaiting(status);
}

/** The statuses of an answer, and of a tool call, that waits for somebody outside of the server. */
export type WaitingStatus = "awaiting_approval" | "awaiting_output";

/** Whether an answer or a tool call with this status waits for an approval, or for an output of the page. */
export function isWaiting(status: string | undefined): status is WaitingStatus {
  return status?.startsWith("awaiting") ?? false;
}

/** What all messages of a router with a `schema` have in common with those of any other. */
export interface WithObject {
  readonly object: unknown;
}

/** A value of which anything may be missing yet, because the model is writing it. */
export type PartialObject<Value> = JsonValue extends Value
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly PartialObject<Item>[]
    : Value extends object
      ? string extends keyof Value
        ? Value
        : { readonly [Key in keyof Value]?: PartialObject<Value[Key]> }
      : Value;

/**
 * A message of a router. With a `schema`, its `status` tells whether `object` is whole.
 *
 * @typeParam Output what the `schema` makes of an answer; unknown without one.
 */
export type MessageWith<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Output = unknown,
> = unknown extends Output
  ? ChatMessage<Call, Data, Meta>
  : | (ChatMessage<Call, Data, Meta, Output> & { readonly status: "complete" })
    | (ChatMessage<Call, Data, Meta, PartialObject<Output>> & {
        readonly status: Exclude<MessageStatus, "complete">;
      });
