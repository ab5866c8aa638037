import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { deleteChat, readDeletions } from "../../../../src/server/chats/deletions.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

describeEveryDatabase((_name, open) => {
  it("remembers for a while who has deleted a chat, and nothing of one that is not in the scope", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id } = await prisma.llmChat.create({ data: { userId: "u1" } });
    expect(await deleteChat(db, id, { userId: "u2" })).toBe(false);
    expect(await prisma.llmAccount.findMany()).toEqual([]);
    expect(await deleteChat(db, id, { userId: "u1" })).toBe(true);
    expect(await readDeletions(db, [id, "other"])).toEqual(new Map([[id, '{"userId":"u1"}']]));
    for (const userId of ["u1", "u2"]) expect(await deleteChat(db, id, { userId })).toBe(false);
    expect([...(await readDeletions(db, [id])).values()]).toEqual(['{"userId":"u1"}']);
    expect(await prisma.llmChat.count()).toBe(0);
  });

  it("forgets it with a later deletion, and keeps what limits count", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const chats = ["u1", "u2", "u3"].map((userId) => prisma.llmChat.create({ data: { userId } }));
    const [one, two, three] = await Promise.all(chats);
    const limits = { id: '{"userId":"u1"}', scope: '{"userId":"u1"}', answers: 1, call: "" };
    await prisma.llmAccount.create({ data: limits });
    await deleteChat(db, one?.id ?? "", { userId: "u1" });
    await prisma.llmAccount.updateMany({ where: { scope: "deleted" }, data: { expiresAt: 1n } });
    await deleteChat(db, two?.id ?? "", { userId: "u2" });
    const ids = [one, two, three].map((chat) => chat?.id ?? "");
    expect([...(await readDeletions(db, ids)).keys()]).toEqual([two?.id]);
    expect(await prisma.llmAccount.findUnique({ where: { id: limits.id } })).toMatchObject(limits);
  });
});
