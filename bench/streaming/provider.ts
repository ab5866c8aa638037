import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { endStamp, now, stamp } from "./stamp.ts";

/**
 * A model behind HTTP, in a process of its own: streams answers in OpenAI's format, each at its own pace, until it
 * is told to end them. The question says how: `{"rate":20,"prefix":0}`, in chunks a second and in characters
 * that come at once before them. It writes to bare sockets, so that it does not become what is measured.
 */
interface Question {
  readonly rate: number;
  readonly prefix: number;
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
  // What the servers under test send.
  const { messages } = JSON.parse(body) as { messages: { content: string | { text: string }[] }[] };
  const content = messages.at(-1)?.content ?? "";
  const text = typeof content === "string" ? content : (content[0]?.text ?? "");
  return JSON.parse(text) as Question;
}

function begin(socket: Socket, { rate, prefix }: Question): void {
  socket.write(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  write(socket, event(`{"role":"assistant","content":""}`));
  for (let left = prefix; left > 0; left -= 1_000) {
    write(socket, event(`{"content":"${"x".repeat(Math.min(left, 1_000))}"}`));
  }
  if (rate === 0) {
    write(socket, event(`{"content":"Yes."}`));
    return end(socket);
  }
  const interval = 1000 / rate;
  // Answers do not beat in time with each other.
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

function schedule(answer: Answer): void {
  answer.timer = setTimeout(() => {
    const at = now();
    write(answer.socket, event(`{"content":"${stamp(answer.sent++, at)}"}`));
    sent++;
    // A provider that is late goes on from there: it does not send the lost time's chunks in one.
    answer.due = Math.max(answer.due + answer.interval, at);
    schedule(answer);
  }, answer.due - now());
}

function stop(answer: Answer): void {
  clearTimeout(answer.timer);
  answers.delete(answer);
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
  socket.write(`${text.length.toString(16)}\r\n${text}\r\n`, "latin1");
}

const commands = {
  /** How much has been sent, and at which cost. */
  stats: () => ({ sent, answers: answers.size, cpu: process.cpuUsage() }),
  /** Ends all answers. */
  finish: () => {
    for (const answer of answers) {
      stop(answer);
      write(answer.socket, event(`{"content":"${endStamp(answer.sent, now())}"}`));
      end(answer.socket);
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
