import { randomUUID } from "node:crypto";

/** The input of `send` for a message that makes its chat, as `useChat` sends it. */
export function newMessage(content: string) {
  return { newChat: {}, content, id: randomUUID() };
}

/**
 * The id of the answer in the reply to `send`.
 *
 * @throws Error with the reply when the server has refused the message.
 */
export function answerIdOf(reply: unknown): string {
  // This is what tRPC's reply to a call of `send` is.
  const { result } = reply as { result?: { data: { assistantMessage: { id: string } } } };
  if (result === undefined) throw new Error(JSON.stringify(reply).slice(0, 300));
  return result.data.assistantMessage.id;
}
