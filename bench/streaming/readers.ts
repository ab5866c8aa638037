import { randomBytes, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { connect } from "node:net";

import { now } from "../lib/now.ts";
import { delayOf, stampLength } from "./stamp.ts";

/**
 * The readers of the answers, in a separate process. They speak HTTP over bare sockets and search the bytes for
 * stamps without parsing them, so they are cheap and cost the same with each server.
 */
export type ServerKind = "ours" | "ours-ws" | "trpc" | "ai-sdk";

interface Stream {
  next: number;
  rest: string;
  isEnded: boolean;
}

const slowestMs = 60_000;
/** How long opening all answers may take, in milliseconds. A server that is busy with open ones never finishes. */
const patienceMs = 20_000;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
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

function openStream(url: URL, head: string | Buffer): void {
  const socket = connect(Number(url.port), url.hostname);
  const stream: Stream = { next: 0, rest: "", isEnded: false };
  let isFirst = true;
  socket.setNoDelay(true);
  socket.on("connect", () => socket.write(head));
  socket.on("data", (bytes: Buffer) => {
    if (isFirst && !/ (200|101)$/.test(bytes.toString("latin1", 0, 12)))
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

function post(url: URL, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const call = request(
      new URL(path, url),
      {
        method: "POST",
        agent,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => (answer += piece));
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(JSON.parse(answer))
            : reject(new Error(`${response.statusCode} ${answer.slice(0, 300)}`)),
        );
      },
    );
    call.on("error", reject);
    call.end(text);
  });
}

const openers: {
  readonly [Kind in ServerKind]: (url: URL, question: string, readUrl: URL) => Promise<void>;
} = {
  ours: async (url, content, readUrl) =>
    get(readUrl, "/chat.stream", { messageId: await send(url, content) }),
  "ours-ws": async (url, content) =>
    openWebSocket(url, "chat.stream", { messageId: await send(url, content) }),
  trpc: (url, content) => {
    get(url, "/stream", { content });
    return Promise.resolve();
  },
  "ai-sdk": (url, content) => {
    const body = JSON.stringify({ content });
    openStream(
      url,
      `POST / HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
    return Promise.resolve();
  },
};

/** Sends a message in a new chat. Resolves with the answer's id. */
async function send(url: URL, content: string): Promise<string> {
  const chat = (await post(url, "/chat.create", {})) as { result: { data: { id: string } } };
  const chatId = chat.result.data.id;
  const sent = (await post(url, "/chat.send", { chatId, content, id: randomUUID() })) as {
    result: { data: { assistantMessage: { id: string } } };
  };
  return sent.result.data.assistantMessage.id;
}

/**
 * Subscribes with tRPC's WebSocket messages: https://trpc.io/docs/server/websockets. The server's frames are not
 * masked, so the stamps can be found without decoding the frames.
 */
function openWebSocket(url: URL, path: string, input: unknown): void {
  const message = { id: 1, method: "subscription", params: { path, input } };
  const text = Buffer.from(JSON.stringify(message));
  if (text.length > 65_535) throw new Error("The message is too long for one frame.");
  // A text frame whose masking key is zero: RFC 6455, section 5.2.
  const header = Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]);
  const upgrade =
    `GET / HTTP/1.1\r\nhost: ${url.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\n\r\n`;
  openStream(url, Buffer.concat([Buffer.from(upgrade), header, text]));
}

function get(url: URL, path: string, input: unknown): void {
  const query = encodeURIComponent(JSON.stringify(input));
  openStream(
    url,
    `GET ${path}?input=${query} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n\r\n`,
  );
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
  /** Opens answers, eight at a time, until there are enough or the time is up. Returns how many. */
  open: async ({ kind, url, readUrl = url, count, question }: Opening) => {
    let opened = 0;
    const giveUpAt = now() + patienceMs;
    const work = async (): Promise<void> => {
      while (opened < count && now() < giveUpAt) {
        opened++;
        await openers[kind](new URL(url), question, new URL(readUrl));
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
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

process.on("message", (message: { id: number; command: keyof typeof commands; input: unknown }) => {
  const { id, command, input } = message;
  // scenario.ts sends each command with the right input.
  void commands[command](input as Opening).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, result: null });
