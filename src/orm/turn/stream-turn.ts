import type { ChatChunk } from "@node-llm/core";
import { leaveOnReturn } from "../../shared/leave-on-return.ts";
import { Relay } from "../../shared/relay.ts";
import type { MessageRow } from "../database/rows.ts";
import type { TurnOptions } from "./turn-settings.ts";
import type { Turn } from "./turn.ts";
import type { TurnEnd } from "./turn-control.ts";

/**
 * Runs a turn as a stream like NodeLLM's. The turn begins when the first chunk is requested, and reads the provider no
 * faster than its reader reads the stream. Leaving the loop stops the turn.
 *
 * @returns a generator of the chunks that returns the saved row.
 * @throws whatever ended the turn before it was complete.
 */
export function streamTurn(
  begin: () => Promise<Turn>,
  options: TurnOptions,
): AsyncGenerator<ChatChunk, MessageRow, undefined> {
  const leaving = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([...signals, leaving.signal]);
  return leaveOnReturn(chunksOf(begin, { ...options, signal }), () => leaving.abort());
}

async function* chunksOf(
  begin: () => Promise<Turn>,
  options: TurnOptions,
): AsyncGenerator<ChatChunk, MessageRow, undefined> {
  const turn = await begin();
  const relay = new Relay<ChatChunk>();
  const onChunk = (chunk: ChatChunk): Promise<void> => relay.push(chunk);
  const end = turn.run({ kind: "stream", onChunk }, options).finally(() => relay.close());
  try {
    yield* relay;
    return rowOf(await end);
  } finally {
    turn.stop();
    relay.close();
    await end;
  }
}

/**
 * The row of a turn that completed.
 *
 * @throws whatever ended the turn before it was complete.
 */
export function rowOf(end: TurnEnd): MessageRow {
  if ("error" in end) throw end.error;
  return end.row;
}
