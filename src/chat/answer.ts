import { LazyMap } from "../shared/collections/lazy-map.ts";
import { GrowingJson } from "../shared/growing-json.ts";
import { onAbort } from "../shared/on-abort.ts";
import { TextLog } from "../shared/text-log.ts";
import type { FoldedPart, LiveDataPart, TextKind } from "./answer-fold.ts";
import { AnswerFold, joinText } from "./answer-fold.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, DataPart } from "./chat-message.ts";
import { isInProgress } from "./chat-message.ts";
import type { JsonValue } from "../shared/json-value.ts";
import type { LiveToolCall } from "./tool-call.ts";
import type { StreamCursor } from "./stream-cursor.ts";
import { WrittenCall } from "./written-call.ts";

/** When a tool call last began or ended, and when it last changed in between, as `tools` and `updates` of a cursor. */
interface CallChange {
  readonly changedAt: number;
  /** 0 for never. */
  readonly updatedAt: number;
}

/** The events after a cursor. */
export interface StreamDelta {
  /** The events, in their order. Empty when nothing has happened since. */
  readonly events: readonly ChatEvent[];
  /** The cursor after the last event, for the next call of `since`. */
  readonly cursor: StreamCursor;
}

/**
 * The assistant message while it is produced, in the process that produces it or in one that reads it from there.
 *
 * Readers have no queue: each one keeps a cursor and asks for what comes after it. A slow reader therefore costs
 * nothing, and chunks that arrive between two reads become one event. The cost of a read depends on the text that it
 * returns, not on the length of the answer.
 *
 * @example
 * ```ts
 * // Passes on every event of an answer, as a hub does.
 * let { cursor } = answer;
 * while (answer.final === null && !signal.aborted) {
 *   await answer.changed(signal);
 *   const delta = answer.since(cursor);
 *   if (delta === null || delta.events.length === 0) continue;
 *   publish(delta.events);
 *   cursor = delta.cursor;
 * }
 * ```
 */
export class Answer {
  readonly #base: ChatMessage;
  readonly #fold: AnswerFold<LiveToolCall, TextLog>;
  readonly #callChanges = new LazyMap<string, CallChange>();
  /** When data was last written, by its name and id. */
  readonly #dataChanges = new LazyMap<string, number>();
  /** Its newest revision. */
  readonly #dataRevisions = new LazyMap<string, number>();
  readonly #written = new LazyMap<string, WrittenCall>();
  /** The JSON that the answer says, from its last tool call on; null when the answer is a text. */
  #json: GrowingJson | null = null;
  #object: JsonValue;
  /** The length of the content when the object was last read. Readers with less of it do not have the object. */
  #objectAt = 0;
  #toolChanges = 0;
  #updates = 0;
  #waitedMs = 0;
  #final: ChatMessage | null = null;
  #waiting = new Set<() => void>();

  /**
   * @param message the answer so far.
   * @param isJson whether the answer is JSON: what can be read of it is the object of the message.
   */
  constructor(message: ChatMessage, isJson = false) {
    this.#base = message;
    this.#fold = new AnswerFold(() => new TextLog(), message, new LazyMap());
    this.#object = message.object;
    if (isJson && isInProgress(message.status)) {
      this.#json = new GrowingJson();
      const start = message.parts.findLastIndex((part) => part.type === "tool") + 1;
      this.#readJson(joinText(this.#fold.parts.slice(start), "text"));
      // What the schema has made of it says more.
      this.#object = message.object ?? this.#object;
    }
    for (const { result } of message.toolCalls) this.#toolChanges += result === null ? 1 : 2;
    for (const { toolCallId, status } of message.toolCalls) {
      // The order of the changes is unknown, so a reader that lacks one of them gets all of them.
      const updatedAt = status === "running" || status === "writing" ? 1 : 0;
      this.#updates = Math.max(this.#updates, updatedAt);
      this.#callChanges.set(toolCallId, { changedAt: this.#toolChanges, updatedAt });
    }
    for (const part of message.parts) {
      if (part.type !== "data") continue;
      this.#updates = 1;
      this.#dataChanges.set(dataKey(part), 1);
      this.#hasData(part);
    }
  }

  /** The id of the message. */
  get id(): string {
    return this.#base.id;
  }

  /** The chat that the message belongs to. */
  get chatId(): string {
    return this.#base.chatId;
  }

  /** The message as it was saved when the answer ended, or began to wait for approval. Null while it is produced. */
  get final(): ChatMessage | null {
    return this.#final;
  }

  /** The cursor of a reader that has everything. */
  get cursor(): StreamCursor {
    return {
      content: this.#fold.lengths.text,
      thinking: this.#fold.lengths.thinking,
      tools: this.#toolChanges,
      updates: this.#updates,
    };
  }

  /** How long the newest text was gathered before it was appended, in milliseconds. Readers wait that much less. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /**
   * Appends text. Does nothing after the end.
   *
   * @param waitedMs how long the text was gathered before, in milliseconds.
   */
  append(type: TextKind, text: string, waitedMs = 0): void {
    if (text === "" || this.#final !== null) return;
    this.#waitedMs = waitedMs;
    this.#fold.append(type, text);
    if (type === "text") this.#readJson(text);
    this.#wake();
  }

  #readJson(text: string): void {
    if (this.#json?.append(text) !== true) return;
    const { value } = this.#json;
    // What a model says without the form that it was asked for is no value of it.
    if (typeof value !== "object" || value === null) return;
    this.#object = value;
    this.#objectAt = this.#fold.lengths.text;
  }

  /** Adds a tool call, or updates a known one. Does nothing after the end. */
  setToolCall(call: LiveToolCall): void {
    if (this.#final !== null) return;
    const isNew = !this.#fold.toolCalls.has(call.toolCallId);
    if (!this.#fold.setToolCall(call)) return;
    if (isNew) this.#toolChanges++;
    // What the model has said before its call is not what it says after the result.
    if (isNew && this.#json !== null) this.#json = new GrowingJson();
    if (call.result !== null) this.#toolChanges++;
    const known = this.#callChanges.get(call.toolCallId);
    this.#callChanges.set(call.toolCallId, {
      changedAt: isNew || call.result !== null ? this.#toolChanges : (known?.changedAt ?? 0),
      updatedAt: !isNew && call.result === null ? ++this.#updates : (known?.updatedAt ?? 0),
    });
    this.#wake();
  }

  /** Adds data of the app, or replaces it. Does nothing after the end. */
  setData(part: LiveDataPart): void {
    if (this.#final !== null || this.#hasData(part)) return;
    this.#fold.setData(part);
    this.#dataChanges.set(dataKey(part), ++this.#updates);
    this.#wake();
  }

  /** Notes the revision of data. The hub and the database may bring it in any order. */
  #hasData(part: LiveDataPart): boolean {
    const { revision = 0 } = part;
    const known = this.#dataRevisions.get(dataKey(part)) ?? -1;
    if (revision > known) this.#dataRevisions.set(dataKey(part), revision);
    return revision <= known;
  }

  /** Appends a piece of the arguments of a tool call that the model is writing. */
  writeToolCall(toolCallId: string, name: string, text: string): void {
    let written = this.#written.get(toolCallId);
    if (written === undefined) {
      written = new WrittenCall(toolCallId, name);
      this.#written.set(toolCallId, written);
    }
    const call = written.append(text);
    if (call !== null) this.setToolCall(call);
  }

  /**
   * Sets what a running tool has reported.
   *
   * @param revision the number of the report, from 1.
   */
  setProgress(toolCallId: string, progress: JsonValue, revision: number): void {
    const call = this.#fold.toolCalls.get(toolCallId);
    if (call?.status === "running") this.setToolCall({ ...call, progress, revision });
  }

  /**
   * Ends the answer. A second call does nothing.
   *
   * @param message the message as it was saved.
   */
  finish(message: ChatMessage): void {
    if (this.#final !== null) return;
    this.#final = message;
    this.#wake();
  }

  /** Returns the message so far, or as it ended. */
  snapshot(): ChatMessage {
    if (this.#final !== null) return this.#final;
    const { status, parts, toolCalls, lengths } = this.#fold;
    return {
      ...this.#base,
      status,
      content: joinText(parts, "text"),
      thinking: lengths.thinking === 0 ? null : joinText(parts, "thinking"),
      parts: this.#fold.view(),
      toolCalls: [...toolCalls.values()],
      object: this.#object,
    };
  }

  /**
   * Returns the events after a cursor, in the order in which they were produced. After the end that is `done` alone.
   *
   * @returns null when the cursor is ahead of this copy of the answer.
   */
  since(cursor: StreamCursor): StreamDelta | null {
    const end = this.cursor;
    if (this.#final !== null) {
      return { events: [{ type: "done", message: this.#final }], cursor: end };
    }
    const isAhead =
      cursor.content > end.content || cursor.thinking > end.thinking || cursor.tools > end.tools;
    if (isAhead) return null;
    const { parts } = this.#fold;
    const events: ChatEvent[] = [];
    // First: a reader that has the text counts as one that has what was read of it.
    if (this.#objectAt > cursor.content) events.push({ type: "object", object: this.#object });
    for (let index = this.#firstUnseen(cursor); index < parts.length; index++) {
      const event = this.#eventSince(parts[index], cursor);
      if (event !== null) events.push(event);
    }
    for (const event of this.#changesSince(cursor, events)) events.push(event);
    return { events, cursor: end };
  }

  /** Resolves at the next change, or when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.forget(done);
        removeListener();
        resolve();
      };
      this.onceChanged(done);
      const removeListener = onAbort(signal, done);
    });
  }

  /** Calls back once, at the next change, unless `forget` removes the callback before. */
  onceChanged(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** Removes a callback that `onceChanged` added. */
  forget(callback: () => void): void {
    this.#waiting.delete(callback);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  /** Searches from the end, because a reader that keeps up has all parts but the last. */
  #firstUnseen(cursor: StreamCursor): number {
    const { parts } = this.#fold;
    let index = parts.length;
    while (index > 0) {
      const part = parts[index - 1];
      if (part === undefined || this.#isSeen(part, cursor)) break;
      index--;
    }
    return index;
  }

  #isSeen(part: FoldedPart<TextLog>, cursor: StreamCursor): boolean {
    if (part.type === "data") return (this.#dataChanges.get(dataKey(part)) ?? 0) <= cursor.updates;
    if (part.type !== "tool") return part.start + part.text.length <= offsetOf(part.type, cursor);
    return (this.#callChanges.get(part.toolCallId)?.changedAt ?? 0) <= cursor.tools;
  }

  #eventSince(part: FoldedPart<TextLog> | undefined, cursor: StreamCursor): ChatEvent | null {
    if (part === undefined || this.#isSeen(part, cursor)) return null;
    if (part.type === "tool") {
      const toolCall = this.#fold.toolCalls.get(part.toolCallId);
      return toolCall === undefined ? null : { type: "tool", toolCall };
    }
    if (part.type === "data") return { type: "data", part };
    const { type, start, text } = part;
    const at = Math.max(start, offsetOf(type, cursor));
    return { type, at, text: text.slice(at - start) };
  }

  /** The calls and the data that the reader knows and that have since changed. */
  #changesSince(cursor: StreamCursor, events: readonly ChatEvent[]): ChatEvent[] {
    if (cursor.tools === this.#toolChanges && cursor.updates === this.#updates) return [];
    const written = new Set(events.map((event) => (event.type === "data" ? event.part : null)));
    const data = this.#fold.parts.flatMap((part): ChatEvent[] =>
      part.type !== "data" || written.has(part) || this.#isSeen(part, cursor)
        ? []
        : [{ type: "data", part }],
    );
    const sent = new Set(
      events.map((event) => (event.type === "tool" ? event.toolCall.toolCallId : "")),
    );
    const calls = [...this.#fold.toolCalls.values()].flatMap((toolCall): ChatEvent[] => {
      const change = this.#callChanges.get(toolCall.toolCallId);
      if (change === undefined || sent.has(toolCall.toolCallId)) return [];
      const isUpdated = toolCall.result === null && change.updatedAt > cursor.updates;
      return change.changedAt > cursor.tools || isUpdated ? [{ type: "tool", toolCall }] : [];
    });
    return [...data, ...calls];
  }
}

/** Tells data apart. */
export function dataKey({ name, id }: Pick<DataPart, "name" | "id">): string {
  return JSON.stringify([name, id]);
}

function offsetOf(type: TextKind, cursor: StreamCursor): number {
  return type === "text" ? cursor.content : cursor.thinking;
}
