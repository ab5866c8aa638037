import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { connect } from "node:net";

import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { ChatLimits } from "node-llm-trpc/server";
import type { Script } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { callProcedure } from "../../../support/clients/call-procedure.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { procedures } from "../../../support/servers/procedures.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const long = 100_000;
const user = "u1";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A client that counts what it reads. Its type names the models of an extended client in another way. */
function counting(prisma: PrismaClient) {
  const read = { plans: 0, pages: 0, rows: 0, chars: 0 };
  const extended = prisma.$extends({
    query: {
      llmMessage: {
        findMany: async ({ args, query }) => {
          const found = await query(args);
          // The made-up rows that show what an extension does to reads.
          const rows = found.filter(({ content }) => !content?.startsWith("node-llm-trpc-probe"));
          const texts = rows.map(({ content }) => content?.length ?? 0);
          const chars = texts.reduce((sum, length) => sum + length, 0);
          if (chars > 0) {
            read.pages++;
            read.rows += rows.length;
            read.chars += chars;
          }
          return found;
        },
      },
      llmChat: {
        findFirst: ({ args, query }) => {
          read.plans++;
          return query(args);
        },
      },
    },
  });
  return { prisma: extended as unknown as PrismaClient, read };
}

describeDatabases((_name, open) => {
  async function start(limits: Partial<ChatLimits> = {}, script: Script = "Answer.") {
    const database = await open();
    const counted = counting(database.prisma);
    const provider = createScriptedProvider(() => script);
    const llm = createLLM({ provider });
    const server = await startChatServer(counted.prisma, llm, { limits });
    const { id: chatId } = await server.client(user).chat.create.mutate({});
    return { ...database, read: counted.read, provider, server, url: server.url, chatId };
  }

  async function writeLongMessages(prisma: PrismaClient, chatId: string): Promise<void> {
    const ids = Array.from({ length: 60 }, (_, index) => `m${index}`);
    for (let first = 0; first < ids.length; first += 20)
      await prisma.llmMessage.createMany({
        data: ids.slice(first, first + 20).map((id, offset) => ({
          id,
          chatId,
          role: offset % 2 === 0 ? "user" : "assistant",
          content: "x".repeat(long),
          position: first + offset + 1,
          parentId: ids[first + offset - 1] ?? null,
        })),
      });
    await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: ids.length } });
  }

  const batchPath = (path: string, input: object, calls: number): string => {
    const inputs = Object.fromEntries(Array.from({ length: calls }, (_, index) => [index, input]));
    const paths = Array.from({ length: calls }, () => path).join();
    return `/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
  };

  const readBatch = async (url: string, path: string) => {
    const response = await fetch(`${url}${path}`, { headers: { "x-user": user } });
    const calls = (await response.json()) as {
      result: { data: { items: readonly { id: string }[]; nextCursor: string | null } };
    }[];
    return calls.map((call) => call.result.data);
  };

  it("reads no more of a batch of pages than the pages have, and shortens the later ones", async () => {
    const { prisma, read, url, chatId } = await start();
    await writeLongMessages(prisma, chatId);
    const pages = await readBatch(url, batchPath("chat.messages", { chatId }, 20));
    const lengths = pages.map(({ items }) => items.length);
    expect(lengths[0]).toBe(20);
    expect(lengths[1]).toBe(10);
    expect(lengths.at(-1)).toBe(1);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    const sum = lengths.reduce((total, length) => total + length, 0);
    // 2 MB for the first page, and less for each one after it.
    expect(sum * long).toBeLessThan(9_000_000);
    expect(read.rows).toBe(sum);
    // Each of them leads on.
    for (const { items, nextCursor } of pages)
      expect(nextCursor).toBe(`p${Number(items[0]?.id.slice(1)) + 1}`);
    // Pages that are small are as they always were.
    const small = await readBatch(url, batchPath("chat.messages", { chatId, limit: 1 }, 20));
    expect(small.map(({ items }) => items.length)).toEqual(small.map(() => 1));
  });

  it("holds little for responses that nobody reads, and serves others meanwhile", async () => {
    const limit = 10_000_000;
    const { prisma, read, server, url, chatId } = await start({ messageBytesPerMinute: limit });
    await writeLongMessages(prisma, chatId);
    read.plans = 0;
    const { port } = new URL(url);
    const path = batchPath("chat.messages", { chatId }, 1);
    const connected = Array.from({ length: 300 }, () => {
      const socket = connect(Number(port), "127.0.0.1");
      sockets.push(socket);
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-User: ${user}\r\n\r\n`);
      return socket;
    });
    // Who comes after the limit was reached is refused before anything is read for it.
    await expect.poll(() => read.pages).toBe(2);
    const stranger = server.client("u2");
    const { id } = await stranger.chat.create.mutate({});
    expect((await stranger.chat.messages.query({ chatId: id })).items).toEqual([]);
    const refused = await callProcedure({
      url,
      user,
      kind: "query",
      path: "chat.messages",
      input: { chatId },
    });
    expect(refused).toMatchObject({ status: 429, code: "TOO_MANY_REQUESTS" });
    expect(refused.message).toMatch(/^Messages of 10000000 bytes .* Try again after \d{4}-/);
    expect(connected).toHaveLength(300);
    // In the responses they are twice.
    expect(read.chars).toBe(4_000_000);
  });

  it("ends a page of chats with much metadata early, and loses none", async () => {
    const { prisma, url } = await start();
    const client = { url, user, kind: "query", path: "chat.list" } as const;
    const metadata = { note: "x".repeat(19_900) };
    await prisma.llmChat.createMany({
      data: Array.from({ length: 200 }, () => ({ userId: user, metadata })),
    });
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = null, more = true; more;) {
      const { body } = await callProcedure({ ...client, input: { limit: 100, cursor } });
      const page = (
        JSON.parse(body) as {
          result: { data: { items: readonly { id: string }[]; nextCursor: string | null } };
        }
      ).result.data;
      ids.push(...page.items.map((chat) => chat.id));
      sizes.push(body.length);
      cursor = page.nextCursor;
      more = cursor !== null;
    }
    expect(new Set(ids).size).toBe(201);
    expect(ids).toHaveLength(201);
    expect(Math.max(...sizes)).toBeLessThan(2_100_000);
    const pages = await readBatch(url, batchPath("chat.list", { limit: 100 }, 20));
    const chats = pages.reduce((sum, { items }) => sum + items.length, 0);
    expect(chats * 20_000).toBeLessThan(9_000_000);
  });

  it("counts whatever returns stored texts, and refuses it when a scope has read too much", async () => {
    const { prisma, server, url, chatId } = await start({ messageBytesPerMinute: 100_000 });
    const client = server.client(user);
    const id = randomUUID();
    const input = { chatId, content: "x".repeat(60_000), id };
    const sent = await client.chat.send.mutate(input);
    const messageId = sent.assistantMessage.id;
    await readStream(client, { messageId });
    // This process remembers the answers that it has produced a short time ago.
    const old = { id: "old", chatId, role: "assistant", content: "An answer", parentId: id };
    await prisma.llmMessage.create({ data: { ...old, position: 10, active: false } });
    // The question, and once more: that is too much.
    for (let count = 1; count <= 2; count++)
      await client.chat.messages.query({ chatId }).catch(() => null);
    await client.chat.send.mutate(input).catch(() => null);
    const inputs: Readonly<Record<string, object>> = {
      list: {},
      get: { chatId },
      update: { chatId, title: "Never" },
      messages: { chatId },
      usage: { groupBy: "day" },
      stream: { messageId: old.id },
      send: input,
      respondToTool: { messageId, toolCallId: "call", approved: true },
    };
    // These have no texts of a user in them, or a limit of their own.
    const others = ["attachment", "stats", "models", "watch"];
    const reading = Object.entries(procedures).filter(([, { kind }]) => kind !== "mutation");
    for (const [name] of reading) expect([...Object.keys(inputs), ...others]).toContain(name);
    for (const [name, one] of Object.entries(inputs)) {
      const kind = procedures[name]?.kind ?? "query";
      const refused = await callProcedure({ url, user, kind, path: `chat.${name}`, input: one });
      expect([name, refused.code]).toEqual([name, "TOO_MANY_REQUESTS"]);
      expect(refused.message).toContain("Try again after");
    }
    // What writes and returns nothing old goes on, and so do others.
    expect(await prisma.llmChat.count({ where: { title: "Never" } })).toBe(0);
    const next = await client.chat.send.mutate({ chatId, content: "Next" });
    await client.chat.stop.mutate({ messageId: next.assistantMessage.id });
    expect((await server.client("u2").chat.list.query({})).items).toEqual([]);
  });

  it("sends no more in one request than its share, but a large message alone", async () => {
    const { prisma, read, url, chatId } = await start({ messageBytesPerMinute: "unlimited" });
    for (let position = 1; position <= 4; position++) {
      const content = "x".repeat(7_000_000);
      await prisma.llmMessage.create({ data: { chatId, role: "user", content, position } });
    }
    await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: 4 } });
    const input = { chatId, limit: 1 };
    const response = await fetch(`${url}${batchPath("chat.messages", input, 4)}`, {
      headers: { "x-user": user },
    });
    const body = await response.text();
    expect(body.length).toBeGreaterThan(14_000_000);
    expect(body.length).toBeLessThan(24_000_000);
    const calls = JSON.parse(body) as { error?: { message: string; data: { code: string } } }[];
    const errors = calls.flatMap(({ error }) => error ?? []);
    expect(errors).toHaveLength(3);
    expect(read.chars).toBe(7_000_000);
    for (const { data, message } of errors) {
      expect(data.code).toBe("TOO_MANY_REQUESTS");
      expect(message).toMatch(/^Messages of 24000000 bytes were read in one request/);
    }
    const alone = await callProcedure({ url, user, kind: "query", path: "chat.messages", input });
    expect(alone.body.length).toBeGreaterThan(14_000_000);
  });

  it.each([
    ["control characters", "\u0001".repeat(long)],
    ["Chinese", "\u4f60".repeat(long / 2)],
  ])(
    "ends pages by what they have in a response, of %s, and loses nothing",
    async (_what, content) => {
      const { prisma, url, chatId } = await start({ messageBytesPerMinute: "unlimited" });
      await writeLongMessages(prisma, chatId);
      await prisma.llmMessage.updateMany({ data: { content } });
      const ids: string[] = [];
      for (let cursor: string | null | undefined, more = true; more;) {
        const input = { chatId, cursor };
        const { body } = await callProcedure({
          url,
          user,
          kind: "query",
          path: "chat.messages",
          input,
        });
        expect(Buffer.byteLength(body)).toBeLessThan(4_000_000 + 2 * 6 * long + 1_000);
        const { items, nextCursor } = (
          JSON.parse(body) as {
            result: { data: { items: readonly { id: string }[]; nextCursor: string | null } };
          }
        ).result.data;
        ids.unshift(...items.map(({ id }) => id));
        cursor = nextCursor;
        more = cursor !== null;
      }
      expect(ids).toEqual(Array.from({ length: 60 }, (_, index) => `m${index}`));
    },
  );

  it("counts what respondToTool returns once", async () => {
    const { prisma, server, url, chatId } = await start({ messageBytesPerMinute: 2_600_000 });
    const client = server.client(user);
    const sent = await client.chat.send.mutate({ chatId, content: "Hi" });
    const messageId = sent.assistantMessage.id;
    await readStream(client, { messageId });
    // Its JSON has the text twice.
    const data = { content: "x".repeat(300_000) };
    await prisma.llmMessage.update({ where: { id: messageId }, data });
    const call = { messageId, toolCallId: "call", name: "pay", position: 0, arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, result: "paid", status: "complete" } });
    const codes: (string | null)[] = [];
    for (let count = 0; count < 5; count++) {
      const path = "chat.respondToTool";
      const input = { messageId, toolCallId: "call", approved: true };
      codes.push((await callProcedure({ url, user, kind: "mutation", path, input })).code);
    }
    expect(codes).toEqual([null, null, null, null, "TOO_MANY_REQUESTS"]);
  });

  it("says why a message was not sent, also when nothing may be read", async () => {
    const limits = { messageBytesPerMinute: 1_000, answersAtOnce: 1 };
    const { prisma, provider, server, chatId } = await start(limits, [{ hold: true }]);
    const client = server.client(user);
    const other = await client.chat.create.mutate({});
    await client.chat.send.mutate({ chatId, content: "Hi" });
    for (let count = 0; count < 10; count++)
      await client.chat.get.query({ chatId }).catch(() => null);
    const send = (to: string) =>
      client.chat.send.mutate({ chatId: to, content: "Hi", id: randomUUID() });
    await expect(send(other.id)).rejects.toThrow("The limit of answers in progress (1)");
    // Whether this repeats a message that was sent is not known.
    await expect(send(chatId)).rejects.toThrow("Messages of 1000 bytes were read");
    provider.release();
    await expect
      .poll(() => prisma.llmMessage.count({ where: { turnLock: { not: null } } }))
      .toBe(0);
  });

  it.each(["send", "respondToTool"] as const)(
    "bounds what a repeated %s reads at the same time",
    async (name) => {
      const { prisma, server, url, chatId } = await start({ messageBytesPerMinute: 2_000_000 });
      const client = server.client(user);
      const id = randomUUID();
      const sent = await client.chat.send.mutate({ chatId, content: "Hi", id });
      const messageId = sent.assistantMessage.id;
      await readStream(client, { messageId });
      await prisma.llmMessage.update({
        where: { id: messageId },
        data: { content: "x".repeat(900_000) },
      });
      const call = { messageId, toolCallId: "call", name: "pay", position: 0 };
      await prisma.llmToolCall.create({
        data: { ...call, arguments: "{}", result: "paid", status: "complete" },
      });
      const input = {
        send: { chatId, content: "Hi", id },
        respondToTool: { messageId, toolCallId: "call", approved: true },
      }[name];
      const one = { url, user, kind: "mutation", path: `chat.${name}`, input } as const;
      const responses = await Promise.all(Array.from({ length: 60 }, () => callProcedure(one)));
      const bytes = responses.reduce((sum, { body }) => sum + body.length, 0);
      // All of them would be 54 MB.
      expect(bytes).toBeGreaterThan(900_000);
      expect(bytes).toBeLessThan(20_000_000);
      const codes = new Set(responses.map(({ code }) => code).filter((code) => code != null));
      expect([...codes]).toEqual(["TOO_MANY_REQUESTS"]);
    },
  );
});
