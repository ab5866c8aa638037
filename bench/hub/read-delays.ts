import type { ChatService } from "../../src/server/chat-service.ts";
import { now } from "../lib/now.ts";
import { everyone } from "../../test/support/servers/everyone.ts";

/** Reads an answer whose words are the times at which they were produced. Returns the delay of each word. */
export async function readDelays(
  service: ChatService<null>,
  messageId: string,
): Promise<readonly number[]> {
  const delays: number[] = [];
  let rest = "";
  const { signal } = new AbortController();
  for await (const { data } of service.stream(everyone, { messageId }, signal)) {
    const at = now();
    if (data.type !== "text") continue;
    const words = (rest + data.text).split(" ");
    rest = words.pop() ?? "";
    for (const word of words) delays.push(at - Number(word));
  }
  return delays;
}
