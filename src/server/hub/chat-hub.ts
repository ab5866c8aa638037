import type { ChatEvent } from "../../chat/chat-event.ts";
import type { Answer } from "../../chat/answer.ts";

/**
 * What `stop` of a hub did: it told the producer (`delivered`), it had told the producer before or the answer had ended
 * (`repeated`), or it does not know the answer (`unknown`).
 */
export type HubStopResult = "delivered" | "repeated" | "unknown";

/**
 * Delivers the events of answers, and notices about chats, between the instances of an app.
 *
 * The package has two hubs: `createMemoryHub` for one process and `createRedisHub` for several. Implement `ChatHub`
 * yourself to use another broker; `docs/hubs.md` has an implementation to start from.
 *
 * A hub only makes things faster, because the database is the source of truth: whatever a hub loses is read from there
 * a little later. A hub may therefore lose events, deliver them twice, or begin in the middle. Its methods never throw
 * or reject; a hub that has lost its server knows no answers until the server is back.
 *
 * `open` and `end` are called in the process that produces an answer, `find` and `subscribe` in those that read it, and
 * `stop`, `notify` and `watch` in all of them.
 */
export interface ChatHub {
  /**
   * Called by each router before it uses the hub, for hubs whose server may serve several apps: two databases may have
   * the same ids, for example when one is a copy of the other. The router uses what this returns in place of the hub.
   *
   * @param identify returns a text that tells the router's database from all others. It reads from the database, so it
   *   rejects while the database cannot be reached; call it when the hub is first needed, and again after a failure.
   * @returns the hub for this database alone.
   */
  forDatabase?(identify: () => Promise<string>): ChatHub;
  /**
   * Whether the hub receives what other processes send. While it is false, their answers and chats are polled more
   * often as long as somebody reads or watches them: every 220 ms and 400 ms instead of every 1 s and 2 s.
   */
  readonly isConnected: boolean;
  /**
   * Called when this process begins to produce an answer, or continues one after an approval. Publish the events of the
   * answer for `subscribe` in other processes, as in the example of `Answer`, and call back the watchers of
   * `answer.chatId`, as `notify` does. Events of the type `object` may be left out: each process reads the object from
   * the text.
   *
   * @param answer what the process produces.
   * @param stop ends the answer. Call it when any process calls the hub's `stop`.
   */
  open(answer: Answer, stop: () => void): void;
  /**
   * Called when an answer of this process has ended or waits. Publish its last event, `done`, if that has
   * not happened yet, and call back the watchers of its chat.
   *
   * Let `find` return an answer that has ended for about a minute, for readers that come late. Forget one that waits
   * (`answer.final` has the status `awaiting_approval` or `awaiting_output`) at once, because any process may continue it.
   */
  end(messageId: string): void;
  /**
   * Finds an answer that this process produces, or that has just ended in any process.
   *
   * @returns null for any other answer. For one that ended in another process, create an `Answer` from the message of
   *   its `done` event and `finish` it with the same message.
   */
  find(messageId: string): Answer | null | Promise<Answer | null>;
  /**
   * Calls back with the events of an answer that another process produces, in their order, until the signal aborts. If
   * the hub keeps events, it begins with those.
   */
  subscribe(
    messageId: string,
    onEvents: (events: readonly ChatEvent[]) => void,
    signal: AbortSignal,
  ): void;
  /**
   * Calls the `stop` that `open` was given, in whichever process produces the answer. The database decides whether an
   * answer is stopped; without this call the producer learns of it within a second.
   */
  stop(messageId: string): HubStopResult | Promise<HubStopResult>;
  /** Called when something has changed in a chat. Call back all its watchers, in all processes. */
  notify(chatId: string): void;
  /** Calls back after each change of a chat until the signal aborts. A callback without a change does no harm. */
  watch(chatId: string, onChange: () => void, signal: AbortSignal): void;
  /**
   * Calls back when the hub loses its server (false) and when the server is back (true). Only for hubs with a server.
   */
  onConnectionChange?(listener: (isConnected: boolean) => void): void;
}
