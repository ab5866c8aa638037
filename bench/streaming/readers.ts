import type { Socket } from "node:net";

import { now } from "../lib/now.ts";
import { isAnswer } from "./is-answer.ts";
import type { ServerKind } from "./open-answer.ts";
import { openAnswer } from "./open-answer.ts";
import { serveCommands } from "./serve-commands.ts";
import { delayOf, stampLength } from "./stamp.ts";

/**
 * The readers of the answers, in a separate process. They speak HTTP over bare sockets and search the bytes for
 * stamps without parsing them, so they are cheap and cost the same with each server.
 */
interface Stream {
  next: number;
  rest: string;
  isEnded: boolean;
}

const slowestMs = 60_000;
/** How long opening all answers may take, in milliseconds. A server that is busy with open ones never finishes. */
const patienceMs = 40_000;
const delays = new Uint32Array(slowestMs + 1);
const totals = { received: 0, bytes: 0, missing: 0, opened: 0, ended: 0, failed: 0 };
const failures = new Set<string>();

function read(stream: Stream, bytes: Buffer): void {
  const at = now();
  totals.bytes += bytes.length;
  const text = stream.rest + bytes.toString("latin1");
  let from = 0;
  for (;;) {
    const start = text.indexOf("~", from);
    const end = start === -1 ? text.indexOf("^", from) : -1;
    const found = start === -1 ? end : start;
    if (found === -1 || found + stampLength > text.length) {
      stream.rest = found === -1 ? "" : text.slice(found);
      return;
    }
    from = found + stampLength;
    const index = Number(text.slice(found + 1, found + 7));
    if (start === -1) finish(stream, index);
    else if (index >= stream.next)
      take(stream, index, Number(text.slice(found + 8, found + 18)), at);
  }
}

function take(stream: Stream, index: number, tenths: number, at: number): void {
  if (stream.next === 0) totals.opened++;
  totals.missing += index - stream.next;
  stream.next = index + 1;
  totals.received++;
  const delay = Math.min(slowestMs, Math.max(0, Math.round(delayOf(tenths, at))));
  delays[delay] = (delays[delay] ?? 0) + 1;
}

function finish(stream: Stream, count: number): void {
  if (stream.isEnded) return;
  stream.isEnded = true;
  totals.missing += count - stream.next;
  totals.ended++;
}

function readAll(socket: Socket): void {
  const stream: Stream = { next: 0, rest: "", isEnded: false };
  let isFirst = true;
  socket.on("data", (bytes: Buffer) => {
    if (isFirst && !isAnswer(bytes.toString("latin1", 0, 20)))
      fail(bytes.toString("latin1", 0, 300));
    isFirst = false;
    read(stream, bytes);
    if (stream.isEnded) socket.destroy();
  });
  socket.on("error", (error) => fail(String(error)));
  socket.on("close", () => {
    if (!stream.isEnded) fail("closed early");
  });
}

function fail(why: string): void {
  totals.failed++;
  failures.add(why);
}

interface Opening {
  readonly kind: ServerKind;
  readonly url: string;
  /** Another instance that the answers of `ours` are read at. `url` by default. */
  readonly readUrl?: string;
  readonly count: number;
  readonly question: string;
}

const commands = {
  /** Opens answers, 64 at a time, until there are enough or the time is up. Returns how many. */
  open: async ({ kind, url, readUrl = url, count, question }: Opening) => {
    let opened = 0;
    const giveUpAt = now() + patienceMs;
    const work = async (): Promise<void> => {
      while (opened < count && now() < giveUpAt) {
        opened++;
        readAll(await openAnswer(kind, new URL(url), question, new URL(readUrl)));
      }
    };
    await Promise.all(Array.from({ length: 64 }, work));
    return opened;
  },
  /** Returns the totals since the start, and the delays since the last call. */
  stats: () => {
    const result = {
      ...totals,
      p50: quantile(0.5),
      p99: quantile(0.99),
      cpu: process.cpuUsage(),
      failures: [...failures].slice(0, 3),
    };
    delays.fill(0);
    return Promise.resolve(result);
  },
};

function quantile(share: number): number {
  const count = delays.reduce((sum, one) => sum + one, 0);
  let left = count * share;
  return delays.findIndex((one) => (left -= one) <= 0);
}

export type ReaderStats = Awaited<ReturnType<(typeof commands)["stats"]>>;

serveCommands(commands);
