import { Agent, request } from "node:http";
import type { Socket } from "node:net";

import { answerIdOf, newMessage } from "./new-message.ts";
import { openOverWebSocket } from "./open-over-web-socket.ts";
import { openSocket } from "./open-socket.ts";

/** `ours-pg` is the server of `ours` with a PostgreSQL database, and `ours-trpc` with the adapter of tRPC. */
export type ServerKind = "ours" | "ours-ws" | "ours-pg" | "ours-trpc" | "trpc" | "ai-sdk";

/**
 * Asks a question. Resolves with a bare socket that receives the answer.
 *
 * @param readUrl another instance that an answer of `ours` is read at.
 */
export async function openAnswer(
  kind: ServerKind,
  url: URL,
  question: string,
  readUrl = url,
): Promise<Socket> {
  return await openers[kind](url, question, readUrl);
}

/** Resolves with the reply and with the connection, which can be used again. */
function post(url: URL, path: string, body: unknown): Promise<{ reply: unknown; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const call = request(
      new URL(path, url),
      {
        method: "POST",
        agent: new Agent({ keepAlive: true }),
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      },
      (response) => {
        const { socket, statusCode } = response;
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => (answer += piece));
        response.on("error", reject);
        response.on("end", () => {
          if (statusCode === 200) resolve({ reply: JSON.parse(answer), socket });
          else {
            socket.destroy();
            reject(new Error(`${statusCode} ${answer.slice(0, 300)}`));
          }
        });
      },
    );
    // The connection is not the agent's any more.
    call.on("socket", (socket) => socket.emit("agentRemove"));
    call.on("error", reject);
    call.end(text);
  });
}

type Opener = (url: URL, question: string, readUrl: URL) => Socket | Promise<Socket>;

/** A browser subscribes on the connection that it has sent the message on. */
const openOurs: Opener = async (url, content, readUrl) => {
  const { messageId, socket } = await ask(url, content);
  const input = { messageId };
  if (readUrl.origin === url.origin && socket.writable) {
    socket.write(subscription(url, "/chat.stream", input));
    return socket;
  }
  socket.destroy();
  return subscribe(readUrl, "/chat.stream", input);
};

const openers: { readonly [Kind in ServerKind]: Opener } = {
  ours: openOurs,
  "ours-pg": openOurs,
  "ours-trpc": openOurs,
  "ours-ws": openOverWebSocket,
  trpc: (url, content) => subscribe(url, "/stream", { content }),
  "ai-sdk": (url, content) => {
    const body = JSON.stringify({ content });
    return openSocket(
      url,
      `POST / HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
  },
};

/** Sends a message that makes its chat, as `useChat` does. Resolves with the answer's id. */
export async function send(url: URL, content: string): Promise<string> {
  const { messageId, socket } = await ask(url, content);
  socket.destroy();
  return messageId;
}

/** Resolves with the answer's id and the connection, which can be used again. */
async function ask(url: URL, content: string): Promise<{ messageId: string; socket: Socket }> {
  const { reply, socket } = await post(url, "/chat.send", newMessage(content));
  return { messageId: answerIdOf(reply), socket };
}

/** Subscribes over Server-Sent Events. */
export function subscribe(url: URL, path: string, input: unknown): Socket {
  return openSocket(url, subscription(url, path, input));
}

function subscription(url: URL, path: string, input: unknown): string {
  const query = encodeURIComponent(JSON.stringify(input));
  return `GET ${path}?input=${query} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n\r\n`;
}
