import type { TRPCClient } from "@trpc/client";

import type { ChatEvent } from "node-llm-trpc/server";
import type { AppRouter } from "../servers/create-app-router.ts";

export interface ReceivedEvent {
  readonly id: string;
  readonly event: ChatEvent;
}

/** Reads an answer's events until `until` returns true or the stream ends. */
export function readStream(
  client: TRPCClient<AppRouter>,
  input: { messageId: string; lastEventId?: string },
  until: (event: ChatEvent) => boolean = () => false,
): Promise<ReceivedEvent[]> {
  return new Promise((resolve, reject) => {
    const events: ReceivedEvent[] = [];
    const subscription = client.chat.stream.subscribe(input, {
      onData: ({ id, data }) => {
        events.push({ id, event: data });
        if (!until(data)) return;
        subscription.unsubscribe();
        resolve(events);
      },
      onComplete: () => resolve(events),
      onError: reject,
    });
  });
}
