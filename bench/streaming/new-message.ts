import { randomUUID } from "node:crypto";

/** The input of `send` for a message that makes its chat, as `useChat` sends it. */
export function newMessage(content: string) {
  return { newChat: {}, content, id: randomUUID() };
}

/** The id of the answer in the reply to `send`. */
export function answerIdOf(reply: unknown): string {
  const { result } = reply as { result: { data: { assistantMessage: { id: string } } } };
  return result.data.assistantMessage.id;
}
