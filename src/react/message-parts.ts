import type { ChatMessage } from "../chat/chat-message.ts";

/** What `messageParts` needs of a message. */
type MessageWithParts = Pick<ChatMessage, "parts" | "toolCalls">;

/** A part of a message: text, thinking, data of the app, or a tool call with everything that is known of it. */
export type MessagePartOf<Message extends MessageWithParts> =
  | Exclude<Message["parts"][number], { readonly type: "tool" }>
  | {
      readonly type: "tool";
      /** The call. Its `name` tells the types of its arguments and its output. */
      readonly toolCall: Message["toolCalls"][number];
    };

/**
 * The parts of a message in the order in which they were produced, each tool call in its place.
 *
 * @example
 * ```tsx
 * {messageParts(message).map((part, index) => {
 *   if (part.type === "text") return <Markdown key={index} text={part.text} />;
 *   if (part.type === "tool" && part.toolCall.name === "get_weather")
 *     return <Weather key={index} city={part.toolCall.arguments.city} now={part.toolCall.output} />;
 * })}
 * ```
 */
export function messageParts<Message extends MessageWithParts>(
  message: Message,
): readonly MessagePartOf<Message>[];
export function messageParts(
  message: MessageWithParts,
): readonly MessagePartOf<MessageWithParts>[] {
  return message.parts.flatMap((part): readonly MessagePartOf<MessageWithParts>[] => {
    if (part.type !== "tool") return [part];
    return message.toolCalls
      .filter((call) => call.toolCallId === part.toolCallId)
      .map((toolCall) => ({ type: "tool", toolCall }));
  });
}
