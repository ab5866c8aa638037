import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";

import { answerIdOf, newMessage } from "./new-message.ts";
import { openSocket } from "./open-socket.ts";

/**
 * Asks a question and subscribes to its answer on one connection, as `wsLink` does, with tRPC's messages:
 * https://trpc.io/docs/server/websockets. Resolves with a socket that receives the answer. The server's frames are not
 * masked, so the stamps can be found without decoding the frames.
 */
export async function openOverWebSocket(url: URL, content: string): Promise<Socket> {
  const upgrade =
    `GET / HTTP/1.1\r\nhost: ${url.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\n\r\n`;
  const send = call(1, "mutation", "chat.send", newMessage(content));
  const socket = openSocket(url, Buffer.concat([Buffer.from(upgrade), send]));
  const messageId = answerIdOf(await readReply(socket));
  socket.write(call(2, "subscription", "chat.stream", { messageId }));
  return socket;
}

/** One of tRPC's messages in a text frame whose masking key is zero: RFC 6455, section 5.2. */
function call(id: number, method: string, path: string, input: unknown): Buffer {
  const text = Buffer.from(JSON.stringify({ id, method, params: { path, input } }));
  if (text.length > 65_535) throw new Error("The message is too long for one frame.");
  const length =
    text.length < 126 ? [0x80 | text.length] : [0xfe, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from([textFrame, ...length, 0, 0, 0, 0]), text]);
}

/** Resolves with the message in the first frame after the response to the upgrade. Without one, it closes the socket. */
function readReply(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const stop = (): void => void socket.off("data", read).off("error", fail).off("close", fail);
    const fail = (error?: unknown): void => {
      stop();
      socket.destroy();
      reject(new Error(`No reply: ${bytes.toString("latin1", 0, 300)}`, { cause: error }));
    };
    const read = (piece: Buffer): void => {
      bytes = Buffer.concat([bytes, piece]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end === -1) return;
      try {
        if (!bytes.toString("latin1", 0, 12).endsWith(" 101")) throw new Error("No WebSocket.");
        const text = frameText(bytes.subarray(end + 4));
        if (text === null) return;
        const message: unknown = JSON.parse(text);
        stop();
        resolve(message);
      } catch (error) {
        fail(error);
      }
    };
    socket.on("data", read).on("error", fail).on("close", fail);
  });
}

/** The text in a frame; null while it is not there as a whole. */
function frameText(frame: Buffer): string | null {
  if (frame.length < 4) return null;
  const size = (frame[1] ?? 0) & 0x7f;
  if (frame[0] !== textFrame || size === 127) throw new Error("Not a short text.");
  const [from, length] = size < 126 ? [2, size] : [4, frame.readUInt16BE(2)];
  return frame.length < from + length ? null : frame.toString("utf8", from, from + length);
}

/** The first byte of a frame that is a whole text. */
const textFrame = 0x81;
