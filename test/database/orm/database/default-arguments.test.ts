import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";

type Args = Record<string, unknown>;
interface Statement {
  readonly args: Args | undefined;
  readonly query: (args: Args) => Promise<unknown>;
}

type Change = (statement: Statement & { readonly client: PrismaClient }) => unknown;

/** What an extension may set, with values that change little: two of ten rows, or conditions that every row meets. */
const defaults: Args = {
  take: 2,
  skip: 1,
  limit: 2,
  where: { id: { not: "nobody" } },
  orderBy: { id: "asc" },
  select: { id: true },
  omit: { id: true },
  include: {},
  skipDuplicates: true,
};

const operations = [
  "findMany",
  "findFirst",
  "findUnique",
  "findUniqueOrThrow",
  "count",
  "groupBy",
  "aggregate",
  "create",
  "createMany",
  "update",
  "updateMany",
  "upsert",
  "delete",
  "deleteMany",
] as const;

/** How an extension sets an argument. */
const ways: Readonly<Record<string, (args: Args, set: Args) => Args>> = {
  "by default": (args, set) => ({ ...set, ...args }),
  always: (args, set) => ({ ...args, ...set }),
  together: (args, set) => {
    const [[key, value] = ["", undefined]] = Object.entries(set);
    const known = args[key];
    if (known === undefined) return { ...args, ...set };
    if (key === "where") return { ...args, where: { AND: [known, value] } };
    return { ...args, [key]: Array.isArray(known) ? [...known, value] : known };
  },
};

const limits = { answersPerMinute: "unlimited", chatsPerMinute: "unlimited" } as const;

/** What this package never calls. */
const unused = ["findUnique", "findUniqueOrThrow", "count", "upsert", "delete"];

describeDatabases((name, open) => {
  /** What a conversation looks like from everywhere. */
  const converse = async (prisma: PrismaClient) => {
    const answers = ["One.", "Two.", "Three.", "Four."];
    const provider = createScriptedProvider(answers.map((text) => [text]));
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const caller = createAppRouter(prisma, llm, { scope: "everyone", limits }).createCaller({
      userId: "u1",
    }).chat;
    const created = await createChat(prisma, llm, { userId: "u1" });
    await created.ask("First?");
    await readText(created.askStream("Second?"));
    const chat = await loadChat(prisma, llm, created.id);
    await chat.ask("Third?");
    const { assistantMessage } = await caller.send({ chatId: chat.id, content: "Fourth?" });
    await expect
      .poll(async () => (await caller.messages({ chatId: chat.id })).items.at(-1))
      .toMatchObject({ id: assistantMessage.id, status: "complete" });
    const found = await caller.list({ search: "second" });
    return {
      stored: (await chat.messages()).map(({ content }) => content),
      sent: provider.requests.map(({ messages }) => messages.map(({ content }) => content)),
      shown: (await caller.messages({ chatId: chat.id })).items.map(({ content }) => content),
      found: found.items.map(({ id }) => id === chat.id),
      cost: (await chat.stats()).total_tokens > 0,
    };
  };

  it.each(operations)(
    "is not silently wrong when an extension sets arguments of %s",
    async (one) => {
      const { prisma: plain } = await open();
      const expected = await converse(plain);
      await plain.llmChat.deleteMany();
      const outcomes: string[] = [];
      const isUnused = unused.includes(one);
      for (const model of isUnused ? ["$allModels"] : ["llmMessage", "$allModels"]) {
        for (const [key, value] of Object.entries(defaults)) {
          for (const [way, change] of Object.entries(ways)) {
            const isEasy =
              isUnused || model === "$allModels" || !["where", "orderBy"].includes(key);
            if (way === "together" && isEasy) continue;
            if (way === "always" && (isUnused || model === "$allModels")) continue;
            const label = `${key} ${way} of ${model}`;
            const extension: object = {
              name: "defaults",
              query: {
                [model]: {
                  [one]: ({ args, query }: Statement) =>
                    query(change(args ?? {}, { [key]: value })),
                },
              },
            };
            // Extended clients have the same methods, with other types.
            const prisma = plain.$extends(extension) as unknown as PrismaClient;
            const llm = createLLM({ provider: createScriptedProvider("Fine.") });
            const failure = await createChat(prisma, llm).then(
              () => null,
              (error: unknown) => error,
            );
            if (failure !== null) {
              expect(failure, label).toMatchObject({
                code: "CONFIGURATION",
                message: expect.stringContaining('the extension "defaults": it '),
              });
              expect(await plain.llmChat.count(), label).toBe(0);
              outcomes.push(`${label}: refused`);
              continue;
            }
            await plain.llmChat.deleteMany();
            expect(await converse(prisma), label).toEqual(expected);
            await plain.llmChat.deleteMany();
            outcomes.push(`${label}: works`);
          }
        }
      }
      if (isUnused) expect(outcomes.filter((text) => !text.endsWith("works"))).toEqual([]);
      if (one === "findMany") {
        expect(outcomes).toEqual(
          expect.arrayContaining([
            "take by default of llmMessage: refused",
            "take always of llmMessage: refused",
            "skip by default of llmMessage: refused",
            "select by default of llmMessage: refused",
            "omit by default of llmMessage: refused",
            "where by default of llmMessage: works",
            "where together of llmMessage: works",
            "where always of llmMessage: refused",
            "orderBy by default of llmMessage: works",
            "orderBy always of llmMessage: refused",
            "include by default of llmMessage: refused",
          ]),
        );
      }
    },
    60_000,
  );

  const remembered = new Map<string, unknown>();
  it.each<[what: string, operation: string, model: string, run: Change, refusal: RegExp]>([
    [
      "cuts what is read",
      "findMany",
      "llmMessage",
      async ({ args, query }) => [await query(args ?? {})].flat().slice(0, 2),
      /changes what findMany of LlmMessage returns/,
    ],
    [
      "drops what is read",
      "findFirst",
      "llmChat",
      async ({ args, query }) => void (await query(args ?? {})),
      /changes what findFirst of LlmChat returns/,
    ],
    [
      "answers from a cache",
      "findMany",
      "llmToolCall",
      async ({ args, query }) => {
        const key = JSON.stringify(args);
        if (!remembered.has(key)) remembered.set(key, await query(args ?? {}));
        return remembered.get(key);
      },
      /keeps findMany of LlmToolCall from the database, even inside a transaction/,
    ],
    [
      "sets a column that this package looks for",
      "createMany",
      "llmMessage",
      ({ args, query }) => {
        const rows: object[] = [args?.["data"] ?? []].flat();
        return query({ ...args, data: rows.map((row) => ({ ...row, active: false })) });
      },
      /changes LlmMessage.active in createMany/,
    ],
    [
      "writes by another client",
      "createMany",
      "llmToolCall",
      ({ args, client }) => client.llmToolCall.createMany({ data: [], ...args }),
      /at createMany of LlmToolCall|replaces createMany of LlmToolCall/,
    ],
    [
      "runs one model in transactions of its own",
      "updateMany",
      "llmToolCall",
      async ({ args, query, client }) => {
        const [, result] = await client.$transaction([
          client.$executeRaw`SELECT 1 WHERE 1=0`,
          // It is a Prisma promise.
          query(args ?? {}) as never,
        ]);
        return result;
      },
      /replaces updateMany of LlmToolCall, or runs it outside of the transaction/,
    ],
    [
      "asks for a column that the model does not have",
      "deleteMany",
      "llmChat",
      ({ args, query }) => query({ where: { AND: [args?.["where"], { deletedAt: null }] } }),
      /asks for `deletedAt` in deleteMany of LlmChat/,
    ],
  ])("refuses an extension that %s (%s of %s)", async (_, operation, model, run, refusal) => {
    const { prisma: plain } = await open();
    const extension: object = {
      name: "changes",
      query: {
        [model]: { [operation]: (statement: Statement) => run({ ...statement, client: plain }) },
      },
    };
    // Extended clients have the same methods, with other types.
    const prisma = plain.$extends(extension) as unknown as PrismaClient;
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    expect(await failureOf(createChat(prisma, llm))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(refusal),
    });
    expect(await plain.llmChat.count()).toBe(0);
  });
});
