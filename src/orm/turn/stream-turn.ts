import type { ChatChunk } from "@node-llm/core";
import { leaveOnReturn } from "../../shared/leave-on-return.ts";
import { Relay } from "../../shared/relay.ts";
import type { MessageRow } from "../database/rows.ts";
import type { TurnOptions } from "./turn-settings.ts";
import type { Turn } from "./turn.ts";
import type { TurnEnd } from "./turn-control.ts";

/**
 * A turn as NodeLLM's stream: it begins when the first chunk is asked for, reads the provider as fast as its reader, and
 * returns the finished row. Leaving the loop stops the turn.
 *
 * @throws what ended the turn before it was complete.
 */
export function streamTurn(
  begin: () => Promise<Turn>,
  options: TurnOptions,
): AsyncGenerator<ChatChunk, MessageRow, undefined> {
  const left = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([...signals, left.signal]);
  return leaveOnReturn(chunksOf(begin, { ...options, signal }), () => left.abort());
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

/** @throws what ended the turn before it was complete. */
export function rowOf(end: TurnEnd): MessageRow {
  if ("error" in end) throw end.error;
  return end.row;
}
