import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { ChatService } from "../../../../src/server/chat-service.ts";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

interface Statement {
  readonly args: Record<string, unknown>;
  readonly query: (args: unknown) => Promise<unknown>;
}

describeDatabases((_name, open) => {
  it("reads no messages for the first question of a chat, and those before for the next one", async () => {
    const reads: string[] = [];
    const { prisma, close } = watchStatements(await open(), (sql) => {
      if (/^SELECT[^;]*LlmMessage\W/.test(sql)) reads.push(sql);
    });
    const provider = createScriptedProvider(["One."], { repeatLast: true });
    const chat = await createChat(prisma, createLLM({ provider }));
    const asked: number[] = [];
    for (const question of ["First?", "Second?"]) {
      reads.length = 0;
      await chat.ask(question);
      asked.push(reads.length);
    }
    // The newest message, and nothing else.
    expect(asked[0]).toBe(1);
    expect(asked[1]).toBeGreaterThan(1);
    const sent = provider.requests.map(({ messages }) => messages.map(({ content }) => content));
    expect(sent).toEqual([["First?"], ["First?", "One.", "Second?"]]);
    await close();
  });

  it("sends the first question as an extension has stored it", async () => {
    const { prisma: plain } = await open();
    const hide = (data: unknown): unknown =>
      JSON.parse(JSON.stringify(data).replaceAll(/\d{4} \d{4}/g, "****"));
    const store = async ({ args, query }: Statement): Promise<unknown> =>
      query("data" in args ? { ...args, data: hide(args["data"]) } : args);
    const extended: unknown = plain.$extends({
      name: "hide-numbers",
      query: { $allModels: { $allOperations: store } },
    });
    const provider = createScriptedProvider("Fine.");
    // Extended clients have the same methods, with other types.
    const chat = await createChat(extended as PrismaClient, createLLM({ provider }));
    await chat.ask("My number is 4111 1111.");
    const [request] = provider.requests;
    expect(request?.messages.map(({ content }) => content)).toEqual(["My number is ****."]);
  });

  it("sends the first question as `onStart` has left it", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const service = new ChatService<null>({
      prisma,
      llm: createLLM({ provider }),
      scope: "everyone",
      models: ["m"],
      onStart: async () => {
        await prisma.llmMessage.updateMany({
          where: { role: "user" },
          data: { content: "Hidden." },
        });
      },
    });
    const caller = service.caller(null);
    const { assistantMessage } = await service.send(caller, { newChat: {}, content: "Secret." });
    const { signal } = new AbortController();
    for await (const _ of service.stream(caller, { messageId: assistantMessage.id }, signal));
    const [request] = provider.requests;
    expect(request?.messages.map(({ content }) => content)).toEqual(["Hidden."]);
  });
});
