import type { ChatRouterEvent } from "./chat-router-event.ts";

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
