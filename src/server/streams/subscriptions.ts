import { LazyMap } from "../../shared/collections/lazy-map.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { TrackedEvent, TrackedNotice } from "../../chat/chat-procedures.ts";
import type { Answer } from "../../chat/answer.ts";
import type { ChatToolCall, ToolCallStatus } from "../../chat/tool-call.ts";
import { runOutside } from "../../orm/context/async-context.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { abortable } from "../../shared/abortable.ts";
import { onAbort } from "../../shared/on-abort.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { StreamReads } from "../limits/read-limiter.ts";
import { ChatWatchers } from "../watch/chat-watchers.ts";
import type { EmitEvent } from "../chat-router-event.ts";
import { done } from "./done.ts";
import { EventReader } from "./event-reader.ts";
import { RemoteAnswers } from "./remote-answers.ts";
import type { Caller } from "../chat-access.ts";
import { noSuchChat } from "../../orm/messages/read-chat.ts";
import { accessUnchecked, messageNotFound, shuttingDown } from "../errors.ts";
import type { AccessGuard } from "./access-guard.ts";

/** What the router events say of a subscription. */
interface SubscriptionFacts {
  readonly kind: "stream" | "watch";
  readonly chatId: string;
  readonly messageId: string | null;
}

/** How long `close` waits until readers have the end of their answer, in milliseconds. */
const graceMs = 1_000;

/** Decides whether events are delivered: null for yes. */
type Admit = (events: readonly ChatEvent[]) => Promise<boolean> | null;

/** Who reads, and what to do when the subscription has ended. */
export interface Reader<Context> {
  readonly caller: Caller<Context>;
  readonly onEnd: () => void;
  readonly reads: StreamReads;
}

/** The open subscriptions of a router. */
export class Subscriptions<Context> {
  readonly #remoteAnswers: RemoteAnswers;
  readonly #watchers: ChatWatchers;
  readonly #hub: ChatHub;
  readonly #guard: AccessGuard<Context>;
  readonly #emit: EmitEvent | null;
  readonly #counts = { stream: 0, watch: 0 };
  /** The controller of each subscription, and whether this process produces its answer. */
  readonly #open = new Map<AbortController, { readonly isLocal: boolean }>();
  #isClosed = false;
  #onEnd = (): void => undefined;

  /** @param isJson whether answers are JSON. */
  constructor(
    db: Database,
    hub: ChatHub,
    guard: AccessGuard<Context>,
    emit: EmitEvent | null,
    isJson = false,
  ) {
    this.#remoteAnswers = new RemoteAnswers(db, hub, isJson);
    this.#watchers = new ChatWatchers(db, hub);
    this.#hub = hub;
    this.#guard = guard;
    this.#emit = emit;
  }

  /** Streams an answer that the hub knows. */
  stream(
    reader: Reader<Context>,
    answer: Answer,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedEvent, void, undefined> {
    const { id, chatId } = answer;
    const { reads } = reader;
    return this.#run(
      { kind: "stream", chatId, messageId: id, isLocal: true },
      reader,
      signal,
      (ending, admit) => new EventReader(answer, lastEventId, ending, { admit, reads }),
    );
  }

  /** Streams an answer that another process produces. */
  streamRemote(
    reader: Reader<Context>,
    row: MessageRow,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedEvent, void, undefined> {
    const { id, chatId } = row;
    const { reads } = reader;
    const facts = { kind: "stream", chatId, messageId: id, isLocal: false } as const;
    return this.#run(facts, reader, signal, (ending, admit) =>
      this.#remoteAnswers.read(
        row,
        (answer) => new EventReader(answer, lastEventId, ending, { isRemote: true, admit, reads }),
        reads.inTurn,
      ),
    );
  }

  /** Watches a chat. */
  watch(
    reader: Reader<Context>,
    chatId: string,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedNotice, void, undefined> {
    const facts = { kind: "watch", chatId, messageId: null, isLocal: false } as const;
    const { scope } = reader.caller;
    return this.#run(facts, reader, signal, (ending) =>
      this.#watchers.watch(chatId, scope, lastEventId, ending),
    );
  }

  /**
   * Ends all subscriptions. Readers of answers that this process has produced get the end of their answer first; the
   * others get `SERVICE_UNAVAILABLE`, so that their clients resume on another instance.
   */
  async close(): Promise<void> {
    const expired = AbortSignal.timeout(graceMs);
    const expiry = new Promise<void>((resolve) => {
      onAbort(expired, resolve);
    });
    while ([...this.#open.values()].some(({ isLocal }) => isLocal) && !expired.aborted) {
      const change = new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
      await Promise.race([change, expiry]);
    }
    this.#isClosed = true;
    for (const controller of this.#open.keys()) controller.abort();
  }

  /**
   * Keeps count of a subscription. `read` is not wrapped in a generator, which would cost each event of each reader
   * several promises.
   *
   * @param read called with a signal that ends the subscription, and with what decides whether events of an answer are
   *   delivered.
   * @throws ChatError `SERVICE_UNAVAILABLE` after `close`.
   */
  #run<Item>(
    { isLocal, ...facts }: SubscriptionFacts & { readonly isLocal: boolean },
    { caller, onEnd }: Reader<Context>,
    signal: AbortSignal,
    read: (ending: AbortSignal, admit: Admit) => AsyncIterableIterator<Item, void, undefined>,
  ): AsyncIterableIterator<Item, void, undefined> {
    if (this.#isClosed) {
      onEnd();
      throw shuttingDown();
    }
    const controller = new AbortController();
    const removeListener = onAbort(signal, () => controller.abort());
    this.#open.set(controller, { isLocal });
    const { kind } = facts;
    const startedAt = performance.now();
    this.#counts[kind]++;
    this.#emit?.({ type: "subscriptionOpened", ...facts, open: this.#counts[kind] });
    /** Why the caller may not read on. */
    let refusal: { readonly error: unknown } | null = null;
    const guard = this.#guard.guard({
      caller,
      chatId: facts.chatId,
      end: (error) => {
        refusal ??= { error };
        controller.abort();
      },
      notFound: kind === "stream" ? messageNotFound : noSuchChat,
    });
    // Whatever has changed in the chat may be what a new owner has done. A watch checks its notices itself.
    if (kind === "stream")
      runOutside(() => this.#hub.watch(facts.chatId, () => void guard.check(), controller.signal));
    const tells = tellsOfOthers();
    const source = read(controller.signal, (events) =>
      // Each of them is looked at.
      events.filter(tells).length === 0
        ? null
        : abortable(guard.check(), controller.signal).then(
            (mayRead) => {
              if (!mayRead && !controller.signal.aborted) refusal ??= { error: accessUnchecked() };
              return mayRead;
            },
            () => false,
          ),
    );
    const end = (): void => {
      if (!this.#open.delete(controller)) return;
      removeListener();
      guard.leave();
      controller.abort();
      onEnd();
      this.#onEnd();
      this.#counts[kind]--;
      const durationMs = Math.round(performance.now() - startedAt);
      const open = this.#counts[kind];
      this.#emit?.({ type: "subscriptionClosed", ...facts, open, durationMs });
    };
    const checkOpen = (): void => {
      if (refusal !== null) throw refusal.error;
      if (this.#isClosed && controller.signal.aborted && !signal.aborted) throw shuttingDown();
    };
    return {
      next: async () => {
        try {
          const next = await source.next();
          if (next.done !== true && refusal === null) return next;
          checkOpen();
        } catch (error) {
          end();
          throw error;
        }
        end();
        return done;
      },
      return: async () => {
        controller.abort();
        try {
          await source.return?.();
        } finally {
          end();
        }
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

/**
 * Finds the events of an answer that may tell what somebody else than its reader has done: stopped or deleted it, or
 * decided about a tool call. A reader that resumes, or was slow, may not have seen that a call has waited.
 */
function tellsOfOthers(): (event: ChatEvent) => boolean {
  const known = new LazyMap<string, ToolCallStatus>();
  const isTold = ({ toolCallId, status }: ChatToolCall): boolean => {
    const isNew = known.get(toolCallId) !== status;
    known.set(toolCallId, status);
    // The model alone brings a call this far.
    return isNew && status !== "writing" && status !== "awaiting_approval";
  };
  return (event) => {
    if (event.type === "tool") return isTold(event.toolCall);
    if (event.type === "snapshot") return event.message.toolCalls.filter(isTold).length > 0;
    return event.type === "done";
  };
}
