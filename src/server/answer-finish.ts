import type { ChatMessage, DataPart, MessageUsage, WithObject } from "../chat/chat-message.ts";
import type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";

/** The end of an answer. */
export interface AnswerFinish<
  Context,
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /**
   * The context of the procedure that started the answer, continued it, or stopped it while it waited. Null when there
   * is none: the process of the answer is gone, or the answer waited too long, and another request has found it.
   */
  readonly ctx: Context | null;
  /** The chat of the answer. */
  readonly chat: ChatSummary<Meta>;
  /** The answer as it ended: its `status` says how. One that ended with nothing in it is deleted by now. */
  readonly message: Message;
  /** What the answer has used: `usage` of the message. */
  readonly usage: MessageUsage;
}

/** What `onFinish` of the router returns: what to store with the answer, or nothing. */
export type FinishResult<Given> = { readonly metadata: Given } | void;

/** `onFinish` of the router. A method, so that one for the router's own tools is one for any. */
export interface OnFinish<
  Context,
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Given = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  call(
    finish: AnswerFinish<Context, Call, Data, Meta, Message>,
  ): FinishResult<Given> | Promise<FinishResult<Given>>;
}

/** `onFinish` of any router: what a message of a router is, only that router knows. */
export type AnyOnFinish<Context> = (
  finish: AnswerFinish<Context> & { readonly chat: never; readonly message: never },
) => FinishResult<Metadata> | Promise<FinishResult<Metadata>>;
