import { connect } from "node:net";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { groupBy } from "../../src/shared/collections/group-by.ts";

/** Reading that costs a server much more than its requests have bytes. */
export interface ReadAttack {
  readonly name: string;
  /** Stores what is read. */
  readonly prepare: (prisma: PrismaClient, chatId: string) => Promise<void>;
  readonly attack: (
    server: { readonly url: string; readonly port: number },
    chatId: string,
  ) => Promise<string>;
}

const user = "u1";

/** A chat of long messages. */
async function writeMessages(
  prisma: PrismaClient,
  chatId: string,
  { count, chars }: { readonly count: number; readonly chars: number },
): Promise<void> {
  const content = "x".repeat(chars);
  const id = (index: number): string => `${chatId}_${index}`;
  const perWrite = Math.min(500, Math.ceil(5_000_000 / chars));
  for (let start = 0; start < count; start += perWrite)
    await prisma.llmMessage.createMany({
      data: Array.from({ length: Math.min(perWrite, count - start) }, (_, offset) => ({
        id: id(start + offset),
        chatId,
        role: (start + offset) % 2 === 0 ? "user" : "assistant",
        content,
        position: start + offset + 1,
        parentId: start + offset === 0 ? null : id(start + offset - 1),
      })),
    });
  await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: count } });
}

async function writeChats(prisma: PrismaClient): Promise<void> {
  const metadata = { note: "x".repeat(19_900) };
  await prisma.llmChat.createMany({
    data: Array.from({ length: 100 }, () => ({ userId: user, title: "A chat", metadata })),
  });
}

/** The path and the query of a request of one call, or of several. */
function batchOf(path: string, input: object, calls: number): string {
  const inputs = Object.fromEntries(Array.from({ length: calls }, (_, index) => [index, input]));
  const paths = Array.from({ length: calls }, () => path).join();
  return `/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
}

/** Reads an answer in progress until it has so many characters. */
async function readUntil(url: string, messageId: string, chars: number): Promise<void> {
  const leaving = new AbortController();
  const response = await fetch(`${url}${encodeURIComponent(JSON.stringify({ messageId }))}`, {
    headers: { "x-user": user, accept: "text/event-stream" },
    signal: leaving.signal,
  });
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length >= chars) break;
  }
  leaving.abort();
}

async function readWhole(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { headers: { "x-user": user } });
  const body = await response.text();
  return `${response.status}, ${(body.length / 1e6).toFixed(1)} MB`;
}

/** The same with `stream`s of an answer in progress, which say that they go on after some of it. */
async function leaveStreamsUnread(port: number, messageId: string, count: number): Promise<string> {
  const ids = [undefined, "0.0.0", "1.0.0", "999999999.0.0", "end"];
  const sockets = Array.from({ length: count }, (_, index) => {
    const input = JSON.stringify({ messageId, lastEventId: ids[index % ids.length] });
    const socket = connect(port, "127.0.0.1");
    const path = `/chat.stream?input=${encodeURIComponent(input)}`;
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nX-User: ${user}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    return socket;
  });
  const outcomes = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          let text = "";
          socket.on("data", (data) => {
            text += String(data);
            if (text.includes("TOO_MANY_REQUESTS")) resolve("refused");
            else if (text.length > 10_000) {
              socket.pause();
              resolve("sent");
            }
          });
          socket.once("close", () => resolve("closed"));
          socket.once("error", () => resolve("error"));
        }),
    ),
  );
  return [...groupBy(outcomes, (outcome) => outcome)]
    .map(([outcome, all]) => `${all.length} ${outcome}`)
    .join(", ");
}

/** Requests over connections whose responses nobody reads, until the server has said something to each of them. */
async function leaveUnread(port: number, path: string, count: number): Promise<string> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-User: ${user}\r\n\r\n`);
    return socket;
  });
  const statuses = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          socket.once("data", (data) => {
            socket.pause();
            resolve(String(data).split(" ")[1] ?? "");
          });
          socket.once("close", () => resolve("closed"));
          socket.once("error", () => resolve("error"));
        }),
    ),
  );
  return [...groupBy(statuses, (status) => status)]
    .map(([status, all]) => `${all.length} times ${status}`)
    .join(", ");
}

export const readAttacks: readonly ReadAttack[] = [
  {
    name: "a batch of 20 `messages`, of messages of 100,000 characters",
    prepare: (prisma, chatId) => writeMessages(prisma, chatId, { count: 120, chars: 100_000 }),
    attack: ({ url }, chatId) => readWhole(url, batchOf("chat.messages", { chatId }, 20)),
  },
  {
    name: "300 `messages` of the same chat that nobody reads",
    prepare: (prisma, chatId) => writeMessages(prisma, chatId, { count: 120, chars: 100_000 }),
    attack: ({ port }, chatId) => leaveUnread(port, batchOf("chat.messages", { chatId }, 1), 300),
  },
  {
    name: "50 `stream`s of an answer of 4,000,000 characters in progress that nobody reads",
    prepare: async () => undefined,
    attack: async ({ url, port }, chatId) => {
      const response = await fetch(`${url}/chat.send`, {
        method: "POST",
        headers: { "x-user": user, "content-type": "application/json" },
        body: JSON.stringify({ chatId, content: "Long" }),
      });
      const { result } = (await response.json()) as {
        result: { data: { assistantMessage: { id: string } } };
      };
      const { id } = result.data.assistantMessage;
      // Until all of it is there.
      await readUntil(`${url}/chat.stream?input=`, id, 4_000_000);
      return leaveStreamsUnread(port, id, 50);
    },
  },
  {
    name: "a batch of 12 `messages`, of messages of 7,000,000 characters",
    prepare: (prisma, chatId) => writeMessages(prisma, chatId, { count: 12, chars: 7_000_000 }),
    attack: ({ url }, chatId) => readWhole(url, batchOf("chat.messages", { chatId, limit: 1 }, 12)),
  },
  {
    name: "a batch of 20 `list`, of chats with metadata of 20,000 characters",
    prepare: writeChats,
    attack: ({ url }) => readWhole(url, batchOf("chat.list", { limit: 100 }, 20)),
  },
  {
    name: "300 `list` of them that nobody reads",
    prepare: writeChats,
    attack: ({ port }) => leaveUnread(port, batchOf("chat.list", { limit: 100 }, 1), 300),
  },
  {
    name: "`selectBranch` in a chat of 40,000 messages",
    prepare: async (prisma, chatId) => {
      await writeMessages(prisma, chatId, { count: 40_000, chars: 100 });
      const half = 20_000;
      await prisma.llmMessage.update({
        where: { id: `${chatId}_${half}` },
        data: { parentId: null },
      });
      const where = { chatId, position: { lte: half } };
      await prisma.llmMessage.updateMany({ where, data: { active: false } });
    },
    attack: async ({ url }, chatId) => {
      const response = await fetch(`${url}/chat.selectBranch`, {
        method: "POST",
        headers: { "x-user": user, "content-type": "application/json" },
        body: JSON.stringify({ messageId: `${chatId}_0` }),
      });
      return `${response.status}`;
    },
  },
];
