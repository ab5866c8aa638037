import type { ChatChunk, Message } from "@node-llm/core";
import type { DataPart } from "../../chat/chat-message.ts";
import { abortable, settled } from "../../shared/abortable.ts";
import { abortableItems } from "../../shared/abortable-items.ts";
import { leaveOnReturn } from "../../shared/leave-on-return.ts";
import { onAbort } from "../../shared/on-abort.ts";
import { Relay } from "../../shared/relay.ts";
import type { Database } from "../database/database.ts";
import type { MessageRecord } from "../database/rows.ts";
import { toRecord } from "../database/rows.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { BegunTurn } from "./begun-turn.ts";
import { ChatError } from "../../chat/chat-error.ts";
import { openCoreChat, openCorrection } from "./open-core-chat.ts";
import type { TurnEnd } from "./turn-control.ts";
import { TurnControl } from "./turn-control.ts";
import { TurnLeg } from "./turn-leg.ts";
import type { TurnOptions, TurnSettings, TurnSink } from "./turn-settings.ts";

/** How long an aborted turn waits for the app's hooks, in milliseconds. */
const hookTimeoutMs = 1_000;

/** How NodeLLM is asked: for the whole answer at once, or for a stream. */
export type TurnMode =
  | { readonly kind: "ask" }
  | {
      readonly kind: "stream";
      /** Awaited with each chunk before the next one is read. */
      readonly onChunk?: ((chunk: ChatChunk) => Promise<void>) | undefined;
    };

/**
 * Produces one answer, from the rows that `beginTurn` committed to its end, and pushes it into the sink. A turn runs
 * once and then settles its message. If the database refuses that, the message is recovered like that of a killed
 * process.
 */
export class Turn {
  readonly #db: Database;
  readonly #begun: BegunTurn;
  readonly #settings: TurnSettings;
  readonly #sink: TurnSink | null;
  readonly #control = new TurnControl();
  #leg: TurnLeg | null = null;
  #end: TurnEnd | null = null;

  constructor(db: Database, begun: BegunTurn, settings: TurnSettings, sink: TurnSink | null) {
    this.#db = db;
    this.#begun = begun;
    this.#settings = settings;
    this.#sink = sink;
  }

  /** The chat's messages after the turn, as core knows them. Null when they could not be read. */
  get history(): readonly Message[] | null {
    return this.#leg === null || this.#end === null ? null : this.#leg.historyAfter(this.#end);
  }

  /** Ends the answer. What it has is kept; an answer with nothing in it is deleted. */
  stop(): void {
    this.#control.stop();
  }

  /** Ends the answer because the process shuts down. What was produced is kept. */
  interrupt(): void {
    this.#control.interrupt();
  }

  /** Runs the turn until it ends or waits for approval. Never rejects. */
  async run(mode: TurnMode, options: TurnOptions = {}): Promise<TurnEnd> {
    const removeListener =
      options.signal === undefined ? undefined : onAbort(options.signal, () => this.stop());
    try {
      for (let begun = this.#begun; ;) {
        const end = await this.#runLeg(begun, mode, options);
        if ("reason" in end) {
          this.#end = end;
          return end;
        }
        begun = end;
      }
    } finally {
      removeListener?.();
    }
  }

  /** @returns how the turn ended, or the turn to continue with when its tool calls were already decided. */
  async #runLeg(
    begun: BegunTurn,
    mode: TurnMode,
    options: TurnOptions,
  ): Promise<TurnEnd | BegunTurn> {
    const control = this.#control;
    const leg = new TurnLeg({
      db: this.#db,
      begun,
      settings: this.#settings,
      sink: this.#sink,
      control,
    });
    this.#leg = leg;
    try {
      control.signal.throwIfAborted();
      await start(leg);
      if (mode.kind === "ask") await ask(leg, options);
      else await stream(leg, mode.onChunk, options);
      return await endLeg(leg, options);
    } catch (error) {
      return leg.endEarly(error);
    }
  }
}

/** Ends a leg: it waits, or it is complete once the answer has the form that it must have. */
async function endLeg(leg: TurnLeg, options: TurnOptions): Promise<TurnEnd | BegunTurn> {
  for (;;) {
    leg.control.signal.throwIfAborted();
    // Read before `recordUnstarted`, which gives the same status to calls that nobody has to decide about.
    const { isWaiting } = leg.state;
    await leg.tools.recordUnstarted();
    if (isWaiting) return leg.suspend();
    const problem = await leg.readObject();
    if (problem === null) return leg.complete();
    // What does not fit because it was cut would be cut again.
    const isCut = leg.state.finishReason === "length";
    if (isCut || leg.state.isCorrected) {
      const when = isCut
        ? "because it was cut at the limit of its tokens. Raise `maxTokens`, or ask for less"
        : "also after the model was told so";
      throw new ChatError(
        "INVALID_OUTPUT",
        `The answer does not fit the schema, ${when}: ${problem}`,
      );
    }
    await correct(leg, problem, options);
  }
}

/** Tells the model once what is wrong with its answer. */
async function correct(leg: TurnLeg, problem: string, options: TurnOptions): Promise<void> {
  const told = `Your answer does not fit the schema: ${problem}. Answer again with JSON that fits it, and with nothing else.`;
  const chunks = openCorrection(leg).stream(told, withoutSignal(options));
  try {
    for await (const _chunk of abortableItems(chunks, leg.control.signal, hookTimeoutMs));
  } catch (error) {
    if (!leg.state.isWaiting) throw error;
  }
}

/** An answer that continues has been started before. */
async function start({ begun, control, settings, tools }: TurnLeg): Promise<void> {
  if (settings.onStart === undefined || begun.continued !== undefined) return;
  const { signal } = control;
  const writeData = (part: DataPart): void => tools.writeData(part);
  await abortable(
    Promise.resolve(settings.onStart({ messageId: begun.assistant.id, signal, writeData })),
    signal,
  );
}

async function ask(leg: TurnLeg, options: TurnOptions): Promise<void> {
  const { chat, question } = await openCoreChat(leg);
  const answer = chat.ask(question, withoutSignal(options));
  const response = await abortable(answer, leg.control.signal).catch(async (error: unknown) => {
    // The cost of an aborted call is recorded before the caller gets the error.
    await settled(answer, hookTimeoutMs);
    throw error;
  });
  leg.state.setStepText(toStorable(response.toString()));
}

async function stream(
  leg: TurnLeg,
  onChunk: ((chunk: ChatChunk) => Promise<void>) | undefined,
  options: TurnOptions,
): Promise<void> {
  const { chat, question } = await openCoreChat(leg);
  try {
    const chunks = chat.stream(question, withoutSignal(options));
    for await (const chunk of abortableItems(chunks, leg.control.signal, hookTimeoutMs))
      await onChunk?.(chunk);
  } catch (error) {
    // When NodeLLM has no step left, it throws although the answer only waits for approval.
    if (!leg.state.isWaiting) throw error;
  }
}

function withoutSignal({ signal: _signal, ...rest }: TurnOptions): Omit<TurnOptions, "signal"> {
  return rest;
}

/**
 * Runs a turn as a stream like NodeLLM's. The turn begins when the first chunk is requested, and reads the provider no
 * faster than its reader reads the stream. Leaving the loop stops the turn.
 *
 * @returns a generator of the chunks that returns the saved row.
 * @throws whatever ended the turn before it was complete.
 */
export function streamTurn(
  begin: () => Promise<BegunStream>,
  options: TurnOptions,
): AsyncGenerator<ChatChunk, MessageRecord, undefined> {
  const leaving = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([...signals, leaving.signal]);
  return leaveOnReturn(chunksOf(begin, signal), () => leaving.abort());
}

/** A turn that has begun, with the options to run it with. */
interface BegunStream {
  readonly turn: Turn;
  readonly options: TurnOptions;
  /** Called when it has ended, however it did. */
  readonly onEnd?: (() => void) | undefined;
}

async function* chunksOf(
  begin: () => Promise<BegunStream>,
  signal: AbortSignal,
): AsyncGenerator<ChatChunk, MessageRecord, undefined> {
  const { turn, options, onEnd } = await begin();
  const relay = new Relay<ChatChunk>();
  const onChunk = (chunk: ChatChunk): Promise<void> => relay.push(chunk);
  const end = turn
    .run({ kind: "stream", onChunk }, { ...options, signal })
    .finally(() => relay.close());
  try {
    yield* relay;
    return rowOf(await end);
  } finally {
    turn.stop();
    relay.close();
    await end;
    onEnd?.();
  }
}

/**
 * The row of a turn that completed.
 *
 * @throws whatever ended the turn before it was complete.
 */
export function rowOf(end: TurnEnd): MessageRecord {
  if ("error" in end) throw end.error;
  return toRecord(end.row);
}
