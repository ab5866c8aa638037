import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { findQuestion } from "../../../../src/server/answers/find-question.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";

describeDatabases((_name, open) => {
  it("finds the user message of an answer, and takes a user message itself", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const user = await prisma.llmMessage.create({ data: { chatId, role: "user", position: 1 } });
    await prisma.llmMessage.create({ data: { chatId, role: "user", position: 2 } });
    const answer = await prisma.llmMessage.create({
      data: { chatId, role: "assistant", parentId: user.id, position: 3 },
    });
    expect(await findQuestion(db, answer)).toEqual(user);
    expect(await findQuestion(db, user)).toBe(user);
  });

  it("finds the newest user message before an answer without a parent, or refuses", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const at = (seconds: number) => new Date(seconds * 1_000);
    const first = await prisma.llmMessage.create({
      data: { chatId, role: "assistant", createdAt: at(1) },
    });
    expect(await failureOf(findQuestion(db, first))).toMatchObject({ code: "BAD_REQUEST" });
    const [, newer] = await Promise.all(
      [2, 3].map((seconds) =>
        prisma.llmMessage.create({ data: { chatId, role: "user", createdAt: at(seconds) } }),
      ),
    );
    const second = await prisma.llmMessage.create({
      data: { chatId, role: "assistant", createdAt: at(4) },
    });
    expect(await findQuestion(db, second)).toMatchObject({ id: newer?.id });
  });

  it("takes what is left of the branch when another program has deleted the question", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const active = [true, false, true, true];
    await prisma.llmMessage.createMany({
      data: active.map((isActive, index) => ({
        id: `${index + 1}`,
        chatId,
        role: index === 2 ? "assistant" : "user",
        parentId: index === 2 ? "deleted" : null,
        position: index + 1,
        active: isActive,
      })),
    });
    const answer = await prisma.llmMessage.findUniqueOrThrow({ where: { id: "3" } });
    expect(await findQuestion(db, answer)).toMatchObject({ id: "1" });
  });
});
