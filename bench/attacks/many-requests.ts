import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";

import { encodeUserParts } from "../../src/orm/attachments/user-content.ts";
import { textFile } from "../../test/support/files/sample-files.ts";
import { callProcedure } from "../../test/support/clients/call-procedure.ts";
import type { Attack, Target } from "./attack.ts";
import { countStatuses, megabytes } from "./attack.ts";

const times = (count: number): readonly number[] => [...Array(count).keys()];

/** US dollars for a million tokens of gpt-4o, of the input and the output. */
const price = { input: 2.5, output: 10 };

/** Many requests, against the limits as they are by default. */
export const manyRequests: readonly Attack[] = [
  {
    name: "500 `send`s at once, each in a chat of its own",
    run: async ({ prisma, call, calls }) => {
      const chats = times(500).map(() => ({ id: randomUUID(), userId: "u1" }));
      await prisma.llmChat.createMany({ data: chats });
      const sent = await Promise.all(
        chats.map(({ id }) => call("mutation", "send", { chatId: id, content: "Wait" })),
      );
      return `${await calls()} calls of the provider; ${countStatuses(sent)}`;
    },
  },
  {
    name: "`regenerate` in a chat of 600,000 characters, for a minute",
    prepare: (target) => fillChat(target, 60, "a word ".repeat(1_430)),
    run: async ({ call, calls, prisma, chatId }) => {
      const question = await prisma.llmMessage.findFirstOrThrow({
        where: { chatId, role: "user" },
        orderBy: { position: "desc" },
      });
      const answers = [];
      for (let index = 0; index < 60; index++) {
        answers.push(await call("mutation", "regenerate", { messageId: question.id }));
        await idle(prisma);
      }
      const spent = await prisma.llmUsage.aggregate({
        _sum: { inputTokens: true, outputTokens: true },
      });
      const { inputTokens, outputTokens } = spent._sum;
      const dollars =
        ((inputTokens ?? 0) * price.input + (outputTokens ?? 0) * price.output) / 1_000_000;
      return (
        `${await calls()} calls in a minute, each of 30,000 tokens as reported: at the prices of gpt-4o ` +
        `$${(dollars * 10).toFixed(0)} in ten minutes without a budget; ${countStatuses(answers)}`
      );
    },
  },
  {
    name: "`send` and `delete` in turn, under a budget of 100,000 tokens a day and 30,000 an answer",
    budget: 100_000,
    run: async ({ call, prisma }) => {
      const sent = [];
      for (let index = 0; index < 20; index++) {
        const answer = await call("mutation", "send", { newChat: {}, content: "Hi" });
        sent.push(answer);
        await idle(prisma);
        const chat = await prisma.llmChat.findFirst({ where: { messages: { some: {} } } });
        if (chat !== null) await call("mutation", "delete", { chatId: chat.id });
      }
      const spent = await prisma.llmUsage.aggregate({
        _sum: { inputTokens: true, outputTokens: true },
      });
      const tokens = (spent._sum.inputTokens ?? 0) + (spent._sum.outputTokens ?? 0);
      return `${tokens} tokens spent; ${countStatuses(sent)}`;
    },
  },
  {
    name: "2,214 `get`s at once, to compare",
    run: async ({ call, chatId }) =>
      countStatuses(await Promise.all(times(2_214).map(() => call("query", "get", { chatId })))),
  },
  {
    name: "2,214 `watch`es",
    run: async ({ url, chatId, prisma }) => {
      const leaving = new AbortController();
      setMaxListeners(0, leaving.signal);
      const input = encodeURIComponent(JSON.stringify({ chatId }));
      const opened = await Promise.all(
        times(2_214).map(async () => {
          const response = await fetch(`${url}/chat.watch?input=${input}`, {
            headers: { "x-user": "u1", accept: "text/event-stream" },
            signal: leaving.signal,
          });
          // A client that stops reading without closing keeps the subscription.
          const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
          let text = "";
          for (;;) {
            const read = await reader?.read();
            if (read === undefined || read.done) break;
            text += read.value;
            if (/event: serialized-error|"type":"state"/.test(text)) break;
          }
          return text.includes('"type":"state"');
        }),
      );
      const held = await prisma.llmAccount.findFirst({ where: { id: '{"userId":"u1"}' } });
      leaving.abort();
      return `${opened.filter(Boolean).length} open (${held?.subscriptions} in the database), the others refused`;
    },
  },
  {
    name: "ten `list({ search })` at once over 20 MB of own text",
    prepare: (target) => fillChat(target, 200, "a".repeat(100_000)),
    run: async ({ call }) => {
      const search = `${"a".repeat(198)}üb`;
      const startedAt = performance.now();
      const found = await Promise.all(times(10).map(() => call("query", "list", { search })));
      const ms = Math.round(performance.now() - startedAt);
      return `${countStatuses(found)} in ${ms} ms`;
    },
  },
  {
    name: "ten `messages` at once, of 200 messages of 100,000 characters",
    prepare: (target) => fillChat(target, 200, "a".repeat(100_000)),
    run: ({ call, chatId }) => readPages(call, chatId),
  },
  {
    name: "ten files of 7.9 MB in one `send`",
    run: async ({ call, chatId }) => {
      const attachments = times(10).map(() => textFile(7_900_000));
      const response = await call("mutation", "send", { chatId, content: "Hi", attachments }).catch(
        () => null,
      );
      return response === null ? "the connection is closed" : countStatuses([response]);
    },
  },
  {
    name: "`send`s with files of 3.9 MB into one chat",
    run: async ({ call, chatId, prisma }) => {
      const sent = [];
      for (let index = 0; index < 28; index++) {
        const attachments = [textFile(3_900_000)];
        sent.push(await call("mutation", "send", { chatId, content: "Hi", attachments }));
        await idle(prisma);
      }
      const { _sum } = await prisma.llmAttachment.aggregate({ _sum: { size: true } });
      return `${((_sum.size ?? 0) / 1e6).toFixed(0)} MB stored; ${countStatuses(sent)}`;
    },
  },
  {
    name: "ten `messages` at once of a chat with 25 files of 8 MB",
    prepare: storeFiles,
    run: ({ call, chatId }) => readPages(call, chatId),
  },
  {
    name: "`attachment` for each of 25 files of 8 MB at once",
    prepare: storeFiles,
    run: async ({ call, prisma }) => {
      const files = await prisma.llmAttachment.findMany({ select: { id: true } });
      const read = await Promise.all(
        files.map(({ id }) => call("query", "attachment", { attachmentId: id })),
      );
      return `${countStatuses(read)}; ${megabytes(read)}`;
    },
  },
  {
    name: "ten `messages` at once, of 60 answers with three tool calls of 100 KB each",
    prepare: async (target) => {
      await fillChat(target, 120, "Hi");
      const answers = await target.prisma.llmMessage.findMany({ where: { role: "assistant" } });
      const calls = answers.flatMap(({ id }) =>
        times(3).map((position) => ({
          messageId: id,
          toolCallId: `c${position}`,
          name: "look",
          arguments: "{}",
          result: "a".repeat(100_000),
          position,
        })),
      );
      await target.prisma.llmToolCall.createMany({ data: calls });
    },
    run: ({ call, chatId }) => readPages(call, chatId),
  },
  {
    name: "`regenerate` of one answer that has 99 versions, again and again",
    prepare: async ({ prisma, chatId }) => {
      const message = { chatId, content: "Hi", active: true };
      const question = await prisma.llmMessage.create({
        data: { ...message, role: "user", position: 1 },
      });
      await prisma.llmMessage.createMany({
        data: times(99).map((index) => ({
          ...message,
          role: "assistant",
          parentId: question.id,
          position: 2 + index,
          active: index === 98,
        })),
      });
      await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: 100 } });
    },
    run: async ({ call, prisma }) => {
      const { id } = await prisma.llmMessage.findFirstOrThrow({ where: { role: "user" } });
      const answers = [];
      for (let index = 0; index < 5; index++) {
        answers.push(await call("mutation", "regenerate", { messageId: id }));
        await idle(prisma);
      }
      return `${await prisma.llmMessage.count({ where: { parentId: id } })} versions; ${countStatuses(answers)}`;
    },
  },
  {
    name: "a `watch` of a chat that gets a new owner, who renames and deletes it",
    run: async ({ url, call, chatId, prisma }) => {
      const reading = readEvents(url, chatId);
      await reading.begun;
      await prisma.llmChat.update({ where: { id: chatId }, data: { userId: "u2" } });
      const startedAt = performance.now();
      const theirs = { url, user: "u2", kind: "mutation" } as const;
      const input = { chatId, title: "Secret" };
      await callProcedure({ ...theirs, path: "chat.update", input });
      await callProcedure({ ...theirs, path: "chat.delete", input: { chatId } });
      const text = await reading.whole;
      const ms = Math.round(performance.now() - startedAt);
      const isTold = /Secret|chatDeleted/.test(text);
      const after = (await call("query", "get", { chatId })).status;
      return `ended after ${ms} ms, ${isTold ? "and was told of it" : "and was told nothing"}; then ${after}`;
    },
  },
];

/** Reads a watch of the user `u1` to its end. */
function readEvents(url: string, chatId: string) {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const read = async (): Promise<string> => {
    const input = encodeURIComponent(JSON.stringify({ chatId }));
    const response = await fetch(`${url}/chat.watch?input=${input}`, {
      headers: { "x-user": "u1", accept: "text/event-stream" },
    });
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('"type":"state"')) begin();
      if (text.includes("serialized-error")) break;
    }
    return text;
  };
  return { begun, whole: read() };
}

/** Resolves when no answer is in progress. */
async function idle(prisma: Target["prisma"]): Promise<void> {
  while ((await prisma.llmMessage.count({ where: { turnLock: { not: null } } })) > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function readPages(call: Target["call"], chatId: string): Promise<string> {
  const pages = await Promise.all(
    times(10).map(() => call("query", "messages", { chatId, limit: 200 })),
  );
  return `${countStatuses(pages)}; ${megabytes(pages)}`;
}

/** Questions and answers of the same text, in turn. */
async function fillChat(
  { prisma, chatId }: Pick<Target, "prisma" | "chatId">,
  count: number,
  content: string,
): Promise<void> {
  const ids = times(count).map(() => randomUUID());
  for (const [index, id] of ids.entries()) {
    await prisma.llmMessage.create({
      data: {
        id,
        chatId,
        role: index % 2 === 0 ? "user" : "assistant",
        content,
        parentId: ids[index - 1] ?? null,
        position: index + 1,
        active: true,
      },
    });
  }
  await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: count } });
}

async function storeFiles(target: Pick<Target, "prisma" | "chatId">): Promise<void> {
  await fillChat(target, 1, "Hi");
  const { prisma, chatId } = target;
  const { id: messageId } = await prisma.llmMessage.findFirstOrThrow();
  const data = Buffer.alloc(8_000_000, "a");
  const files = times(25).map((index) => ({
    id: `${messageId}_${index}`,
    name: `${index}.txt`,
    mediaType: "text/plain",
    size: data.length,
  }));
  for (const file of files)
    await prisma.llmAttachment.create({ data: { ...file, chatId, messageId, data } });
  await prisma.llmMessage.update({
    where: { id: messageId },
    data: {
      contentRaw: encodeUserParts(
        "Hi",
        files.map((file) => ({ ...file, isStored: false })),
      ),
    },
  });
}
