import { randomUUID } from "node:crypto";

import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { Database } from "../../src/orm/database/database.ts";
import { addToLedger } from "../../src/orm/usage/ledger-statements.ts";
import { everyone } from "../../src/orm/usage/scope-key.ts";
import { richAnswer } from "../support/rich-answer.ts";

/** The ids of chats in states that the scripted model cannot produce. */
export interface Gallery {
  readonly states: string;
  readonly thinking: string;
  readonly interrupted: string;
  readonly long: string;
  /** A chat that only stands in the list. */
  readonly listed: string;
}

const day = 86_400_000;
const priced = { "gpt-4o-mini": [0.15, 0.6], "gpt-4o": [2.5, 10] } as const;

const titles: readonly (readonly [title: string, daysAgo: number])[] = [
  ["Mount the router in a T3 app", 0.02],
  ["Why does SQLite need a busy timeout in WAL mode, and how long should it be?", 0.2],
  ["Names for a heron", 1.1],
  ["Redis Streams or pub/sub", 1.3],
  ["Move from @node-llm/orm", 3],
  ["What does a placeholder cost", 4],
  ["Birthday speech for Ada", 6],
  ["Regular expressions for dates", 12],
  ["Café opening hours", 19],
  ["Old Prisma questions", 45],
  ["Postgres advisory locks", 80],
];

/** Stores chats of various ages, one with every state of a tool call, and a month of calls. */
export async function seedGallery(db: PrismaClient): Promise<Gallery> {
  let listed = "";
  for (const [title, daysAgo] of titles) {
    const at = new Date(Date.now() - daysAgo * day);
    const chat = await db.llmChat.create({
      data: { title, createdAt: at, updatedAt: at, model: "gpt-4o-mini" },
    });
    if (title === "Names for a heron") listed = chat.id;
    await seedCalls(db, chat.id, daysAgo);
  }
  return {
    listed,
    states: await seedStates(db),
    thinking: await seedTurn(db, "Think before you answer", {
      content: richAnswer.text.slice(0, 240),
      thinkingText:
        "The user wants to mount the router. They have a T3 app, so they already have a procedure builder.\n\nI should name the three things it needs, then show the code.",
    }),
    interrupted: await seedTurn(db, "What survives a crash?", {
      content: "A killed process loses at most 250 ms of text. What was saved stays, and",
      status: "interrupted",
    }),
    long: await seedTurn(db, `Read this for me:\n\n${"A line of a long question. ".repeat(30)}`, {
      content: richAnswer.text,
      inputTokens: 12_402,
      outputTokens: 1_318,
      cost: 0.0026,
      modelId: "gpt-4o-mini",
      finishedAt: new Date(Date.now() + 5_400),
    }),
  };
}

interface Answer {
  readonly content: string;
  readonly status?: string;
  readonly thinkingText?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cost?: number;
  readonly modelId?: string;
  readonly finishedAt?: Date;
  readonly parts?: string;
  readonly toolCalls?: readonly {
    readonly name: string;
    readonly arguments: unknown;
    readonly result: string | null;
    readonly status: string;
  }[];
}

async function seedTurn(db: PrismaClient, question: string, answer: Answer): Promise<string> {
  const chat = await db.llmChat.create({
    data: { title: question.split("\n", 1)[0] ?? "", lastPosition: 2 },
  });
  const { toolCalls = [], ...columns } = answer;
  const ask = { id: randomUUID(), chatId: chat.id };
  await db.llmMessage.create({ data: { ...ask, role: "user", content: question, position: 1 } });
  await db.llmMessage.create({
    data: {
      ...columns,
      chatId: chat.id,
      role: "assistant",
      parentId: ask.id,
      position: 2,
      toolCalls: {
        create: toolCalls.map((call, position) => ({
          ...call,
          toolCallId: `call_${position}`,
          arguments: JSON.stringify(call.arguments),
          position,
        })),
      },
    },
  });
  return chat.id;
}

async function seedStates(db: PrismaClient): Promise<string> {
  return await seedTurn(db, "Use every tool you have", {
    content: "That is what the tools said.",
    parts: JSON.stringify([
      ...Array.from({ length: 5 }, (_, index) => ["tool", `call_${index}`]),
      ["text", 28],
    ]),
    toolCalls: [
      {
        name: "search_docs",
        arguments: { query: "mount the router", limit: 4 },
        status: "complete",
        result: JSON.stringify([
          {
            document: "docs/router.md",
            heading: "Mount it",
            text: 'A “router”:\n\n```ts\nt.router({ chat: createChatRouter({ … }) })\n```\n\n"quoted"',
          },
          { document: "docs/hooks.md", heading: "Make the hooks", score: 0.92, exact: true },
          ...Array.from({ length: 12 }, (_, index) => ({
            document: `docs/${index}.md`,
            rank: index,
          })),
        ]),
      },
      {
        name: "get_weather",
        arguments: { city: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", days: 3 },
        status: "error",
        result: "The weather service did not answer within 10 seconds.",
      },
      {
        name: "send_email",
        arguments: {
          to: "ada@example.com",
          subject: "Hello",
          body: "A short letter.\nWith lines.",
        },
        status: "denied",
        result: "The user denied this call: not before noon.",
      },
      {
        name: "read_page",
        arguments: { url: "https://example.com" },
        status: "running",
        result: null,
      },
      { name: "now", arguments: {}, status: "complete", result: "2026-03-05T10:00:00Z" },
    ],
  });
}

/** Adds calls for a chat, on its day and before it, to the ledger that the usage page reads. */
async function seedCalls(db: PrismaClient, chatId: string, daysAgo: number): Promise<void> {
  const database = Database.open(db);
  const models = ["gpt-4o-mini", "gpt-4o"] as const;
  for (let index = 0; index < 9; index++) {
    const model = models[index % 4 === 3 ? 1 : 0] ?? "gpt-4o-mini";
    const inputTokens = 400 + ((index * 977 + Math.round(daysAgo * 311)) % 2_600);
    const outputTokens = 120 + ((index * 613 + Math.round(daysAgo * 173)) % 900);
    const [input, output] = priced[model];
    const failed = (index + Math.round(daysAgo)) % 17 === 4;
    const call = {
      id: randomUUID(),
      scope: everyone,
      chatId,
      messageId: null,
      kind: "answer" as const,
      provider: "openai",
      model,
      statusCode: failed ? 500 : 200,
      errorCode: failed ? "PROVIDER_ERROR" : null,
      duration: 700 + ((index * 1_709 + Math.round(daysAgo * 997)) % 5_200),
      inputTokens,
      outputTokens: failed ? 0 : outputTokens,
      cachedTokens: null,
      cost: failed ? null : (inputTokens * input + outputTokens * output) / 1_000_000,
      isEstimate: false,
    };
    const at = Date.now() - (daysAgo + index * 0.7) * day;
    await database.batch(addToLedger(database, call, at));
  }
}
