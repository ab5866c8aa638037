import type { ChatMessage, DataPart, WithObject } from "./chat-message.ts";
import type { Metadata } from "./chat-summary.ts";
import type { ChatToolCall } from "./tool-call.ts";

/** A router without the option `data` has no such event. */
type DataEvent<Data extends DataPart> = Data extends DataPart
  ? {
      readonly type: "data";
      /** The whole part as it is now. */
      readonly part: Data;
    }
  : never;

/**
 * What `stream` tells the readers of an answer, in its tracked events. `at` is the offset in `content` or `thinking`
 * where the text belongs, in UTF-16 code units, so that applying an event twice changes nothing.
 */
export type ChatEvent<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> =
  /** The answer so far. */
  | {
      readonly type: "snapshot";
      /** The message as it is now. */
      readonly message: Message;
    }
  /** The next piece of the content. */
  | {
      readonly type: "text";
      /** The offset in `content`, in UTF-16 code units. */
      readonly at: number;
      /** The text to put there. */
      readonly text: string;
    }
  /** The next piece of the thinking. */
  | {
      readonly type: "thinking";
      /** The offset in `thinking`, in UTF-16 code units. */
      readonly at: number;
      /** The text to put there. */
      readonly text: string;
    }
  /** A tool call is being written, was made, approved or denied, has reported its progress, or has its result. */
  | {
      readonly type: "tool";
      /** The whole call as it is now. */
      readonly toolCall: Call;
    }
  /** Data of the app was written, or replaced. */
  | DataEvent<Data>
  /** More of the answer can be read, when the router has a `schema`. */
  | {
      readonly type: "object";
      /** All of the answer that can be read, in place of what could be read before. */
      readonly object: Message["object"];
    }
  /** The answer ended, for whatever reason, or waits for approval. This is the last event. */
  | {
      readonly type: "done";
      /** The whole message as it is now. */
      readonly message: Message;
    };
