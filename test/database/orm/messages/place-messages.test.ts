import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { placeMessages } from "../../../../src/orm/messages/place-messages.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";

describeDatabases((name, open) => {
  const start = async (limits: { maxMessages?: number } = {}) => {
    const database = await open();
    const { prisma } = database;
    const provider = createScriptedProvider((_request, call) => `Answer ${call}`);
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm, { userId: "u1", context: limits });
    const caller = createAppRouter(prisma, llm).createCaller({ userId: "u1" }).chat;
    const contents = async () => (await chat.messages()).map(({ content }) => content);
    const sent = () => provider.requests.at(-1)?.messages.map(({ content }) => content);
    const answered = async (id: string) => {
      await expect
        .poll(() => prisma.llmMessage.findFirst({ where: { id } }))
        .toMatchObject({ status: "complete" });
    };
    return { database, prisma, chat, caller, contents, sent, answered };
  };

  it.each([{}, { maxMessages: 50 }])(
    "another program's message comes last, in the request too: %j",
    async (limits) => {
      const { prisma, chat, caller, contents, sent, answered } = await start(limits);
      await chat.ask("Question 1");
      await prisma.llmMessage.create({
        data: { chatId: chat.id, role: "user", content: "A note" },
      });
      expect(await contents()).toEqual(["Question 1", "Answer 1", "A note"]);
      await chat.ask("Question 2");
      expect(sent()).toEqual(["Question 1", "Answer 1", "A note", "Question 2"]);
      const all = ["Question 1", "Answer 1", "A note", "Question 2", "Answer 2"];
      expect(await contents()).toEqual(all);

      // And it stays there on the branches of the router.
      const page = await caller.messages({ chatId: chat.id });
      expect(page.items.map(({ content }) => content)).toEqual(all);
      expect(page.items.map(({ parentId }) => parentId)).toEqual([
        null,
        ...page.items.slice(0, -1).map(({ id }) => id),
      ]);
      const { assistantMessage } = await caller.regenerate({ messageId: page.items[4]?.id ?? "" });
      await answered(assistantMessage.id);
      expect(sent()).toEqual(all.slice(0, -1));
    },
  );

  it("what is left of a branch stays when another program deletes a message of it", async () => {
    const { prisma, chat, caller, contents, sent, answered } = await start();
    for (const turn of [1, 2, 3]) await chat.ask(`Question ${turn}`);
    const rows = await chat.messages();
    await prisma.llmMessage.deleteMany({ where: { id: rows[3]?.id ?? "" } });
    const again = await caller.regenerate({ messageId: rows[5]?.id ?? "" });
    await answered(again.assistantMessage.id);
    const left = ["Question 1", "Answer 1", "Question 2", "Question 3"];
    expect(sent()).toEqual(left);
    expect(await contents()).toEqual([...left, "Answer 4"]);

    // The question itself is gone: the one before is answered again.
    await prisma.llmMessage.deleteMany({ where: { id: rows[4]?.id ?? "" } });
    const other = await caller.regenerate({ messageId: again.assistantMessage.id });
    await answered(other.assistantMessage.id);
    expect(sent()).toEqual(left.slice(0, 3));
  });

  it("are placed once by two processes, in transactions of a limited length", async () => {
    const { database, prisma, chat } = await start();
    const count = 1_200;
    await prisma.llmMessage.createMany({
      data: Array.from({ length: count }, (_, index) => ({
        chatId: chat.id,
        role: index % 2 === 0 ? "user" : "assistant",
        content: `${index}`,
        // MySQL does not remember in which order rows were written.
        ...(name === "mysql" ? { createdAt: new Date(1_000 + index) } : {}),
      })),
    });
    const first = Database.open(prisma);
    const second = Database.open(database.connect());
    await Promise.all([placeMessages(first, chat.id), placeMessages(second, chat.id)]);
    expect(await placeMessages(first, chat.id)).toBe(false);
    const rows = await prisma.llmMessage.findMany({ orderBy: { position: "asc" } });
    expect(rows.map((row) => [row.content, row.position, row.parentId])).toEqual(
      rows.map((_, index) => [`${index}`, index + 1, rows[index - 1]?.id ?? null]),
    );
    expect(await prisma.llmChat.findFirst({})).toMatchObject({ lastPosition: count, title: "0" });
  });
});
