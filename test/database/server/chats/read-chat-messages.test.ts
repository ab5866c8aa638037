import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { readChatMessages } from "../../../../src/server/chats/read-chat-messages.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("gives each message all of its versions, also one of another branch that is read alone", async () => {
    const { prisma } = await open();
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const elsewhere = await prisma.llmChat.create({ data: {} });
    const roles = { q: "user", a: "assistant" } as const;
    /** Each with its parent; those in brackets are of the branch that is not shown. */
    const tree = ["q1", "q1 a1", "q1 (a2)", "(q2)", "(q2 a3)", "(q2 a4)", "q1 a1 q3"];
    await prisma.llmMessage.createMany({
      data: tree.map((path, index) => {
        const [id = "", parentId = null] = path.replace(/[()]/g, "").split(" ").toReversed();
        const role = id.startsWith("q") ? roles.q : roles.a;
        return { id, chatId, role, parentId, position: index + 1, active: !path.includes("(") };
      }),
    });
    // A message of another program, whose parent is not of its chat.
    await prisma.llmMessage.create({
      data: { chatId: elsewhere.id, role: "assistant", parentId: "q1", position: 1, active: false },
    });
    const rows = await prisma.llmMessage.findMany({
      where: { chatId },
      orderBy: { position: "asc" },
    });
    const versions = async (ids: readonly string[]) => {
      const wanted = rows.filter((row) => ids.includes(row.id));
      const messages = await readChatMessages(Database.open(prisma), chatId, wanted);
      return messages.map(({ id, siblings, siblingIds }) => [id, siblings, siblingIds]);
    };
    expect(await versions(["q1", "a1", "q3"])).toEqual([
      ["q1", { index: 0, count: 2 }, ["q1", "q2"]],
      ["a1", { index: 0, count: 2 }, ["a1", "a2"]],
      ["q3", { index: 0, count: 1 }, ["q3"]],
    ]);
    expect(await versions(["a2"])).toEqual([["a2", { index: 1, count: 2 }, ["a1", "a2"]]]);
    expect(await versions(["a4"])).toEqual([["a4", { index: 1, count: 2 }, ["a3", "a4"]]]);
  });
});
