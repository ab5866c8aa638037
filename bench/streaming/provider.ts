import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { now } from "../lib/now.ts";
import { endStamp, shortStamp, stamp } from "./stamp.ts";

/**
 * A model server in a separate process. It streams answers in OpenAI's format, each at its own pace, until it is
 * told to end them. It writes to bare sockets, so that its own cost stays small.
 */

/** What the user message of a request contains, as JSON. */
interface Question {
  /** Chunks per second. With 0, the answer is one short text. */
  readonly rate: number;
  /** How many characters are sent at once before the chunks. */
  readonly prefix: number;
  /** How many chunks of four bytes are sent as fast as the server takes them, instead of paced ones. */
  readonly flood?: number;
}

interface Answer {
  readonly socket: Socket;
  readonly interval: number;
  sent: number;
  due: number;
  timer: NodeJS.Timeout | undefined;
}

const answers = new Set<Answer>();
let sent = 0;

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let received = "";
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(0, headEnd))?.[1] ?? 0);
    const body = received.slice(headEnd + 4);
    if (body.length < length) return;
    received = body.slice(length);
    begin(socket, readQuestion(body.slice(0, length)));
  });
});

function readQuestion(body: string): Question {
  // The servers under test send this shape.
  const { messages } = JSON.parse(body) as { messages: { content: string | { text: string }[] }[] };
  const content = messages.at(-1)?.content ?? "";
  const text = typeof content === "string" ? content : (content[0]?.text ?? "");
  return JSON.parse(text) as Question;
}

function begin(socket: Socket, { rate, prefix, flood = 0 }: Question): void {
  socket.write(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  write(socket, event(`{"role":"assistant","content":""}`));
  for (let left = prefix; left > 0; left -= 1_000) {
    write(socket, event(`{"content":"${"x".repeat(Math.min(left, 1_000))}"}`));
  }
  if (flood > 0) {
    sendFlood(socket, flood).catch(() => socket.destroy());
    return;
  }
  if (rate === 0) {
    write(socket, event(`{"content":"Yes."}`));
    return end(socket);
  }
  const interval = 1000 / rate;
  // The random offset keeps the answers from sending in step.
  const answer = {
    socket,
    interval,
    sent: 0,
    due: now() + Math.random() * interval,
    timer: undefined,
  };
  answers.add(answer);
  socket.on("close", () => stop(answer));
  schedule(answer);
}

async function sendFlood(socket: Socket, count: number): Promise<void> {
  for (const block of blocksOf(count)) if (!socket.write(block)) await once(socket, "drain");
  endWithStamp(socket, count);
}

const chunksInBlock = 200;
const floods = new Map<number, readonly Buffer[]>();

/** Prepared by the warm-up, so that the provider does not hold up the server. */
function blocksOf(count: number): readonly Buffer[] {
  const known = floods.get(count);
  if (known !== undefined) return known;
  const chunks = Array.from({ length: count }, (_, index) =>
    framed(event(`{"content":"${shortStamp(index)}"}`)),
  );
  const blocks = Array.from({ length: Math.ceil(count / chunksInBlock) }, (_, index) =>
    Buffer.from(chunks.slice(index * chunksInBlock, (index + 1) * chunksInBlock).join("")),
  );
  floods.set(count, blocks);
  return blocks;
}

function schedule(answer: Answer): void {
  answer.timer = setTimeout(() => {
    const at = now();
    write(answer.socket, event(`{"content":"${stamp(answer.sent++, at)}"}`));
    sent++;
    // A late provider continues from here and does not send the missed chunks at once.
    answer.due = Math.max(answer.due + answer.interval, at);
    schedule(answer);
  }, answer.due - now());
}

function stop(answer: Answer): void {
  clearTimeout(answer.timer);
  answers.delete(answer);
}

function endWithStamp(socket: Socket, count: number): void {
  write(socket, event(`{"content":"${endStamp(count, now())}"}`));
  end(socket);
}

function end(socket: Socket): void {
  write(socket, event("{}", `"stop"`));
  write(
    socket,
    `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[],` +
      `"usage":{"prompt_tokens":10,"completion_tokens":100,"total_tokens":110}}\n\n`,
  );
  write(socket, "data: [DONE]\n\n");
  socket.write("0\r\n\r\n");
}

function event(delta: string, finish = "null"): string {
  return (
    `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"bench",` +
    `"choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`
  );
}

function write(socket: Socket, text: string): void {
  socket.write(framed(text), "latin1");
}

function framed(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const commands = {
  /** Returns how much has been sent, and the CPU time it took. */
  stats: () => ({ sent, answers: answers.size, cpu: process.cpuUsage() }),
  /** Ends all answers. */
  finish: () => {
    for (const answer of answers) {
      stop(answer);
      endWithStamp(answer.socket, answer.sent);
    }
    return null;
  },
};

process.on("message", ({ id, command }: { id: number; command: keyof typeof commands }) =>
  process.send?.({ id, result: commands[command]() }),
);
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", 4096, () => {
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  process.send?.({ id: 0, result: { url: `http://127.0.0.1:${port}` } });
});
