import { expect, it } from "vitest";

import { Database } from "../../../src/orm/database/database.ts";
import { ChatAccess } from "../../../src/server/chat-access.ts";
import { describeEveryDatabase } from "../../support/databases/describe-databases.ts";

type Context = {
  readonly userId: string;
};

describeEveryDatabase((_name, open) => {
  it("reads the chats and messages in the caller's scope, and no others", async () => {
    const { prisma } = await open();
    const access = new ChatAccess<Context>(Database.open(prisma), ({ ctx }) => ctx);
    const chat = await prisma.llmChat.create({ data: { userId: "u1" } });
    const nobodys = await prisma.llmChat.create({ data: {} });
    const message = await prisma.llmMessage.create({ data: { chatId: chat.id, role: "user" } });
    const owner = access.caller({ userId: "u1" });
    expect(await access.chat(owner, chat.id)).toMatchObject({ id: chat.id });
    expect(await access.message(owner, message.id)).toMatchObject({
      row: { id: message.id },
      chat: { id: chat.id },
    });
    const errors: unknown[] = [];
    for (const userId of ["u2", "", "null", "U1"]) {
      const stranger = access.caller({ userId });
      const notFound = expect.objectContaining({ code: "NOT_FOUND" });
      for (const id of [chat.id, nobodys.id])
        await expect(access.chat(stranger, id)).rejects.toEqual(notFound);
      const denied: unknown = await access.message(stranger, message.id).catch((e: unknown) => e);
      errors.push(denied, await access.message(stranger, "missing").catch((e: unknown) => e));
    }
    expect(new Set(errors.map(String)).size).toBe(1);
  });

  it("reads every chat for a scope of everyone", async () => {
    const { prisma } = await open();
    const access = new ChatAccess<Context>(Database.open(prisma), "everyone");
    const chat = await prisma.llmChat.create({ data: { userId: "u1" } });
    expect(await access.chat(access.caller({ userId: "u2" }), chat.id)).toMatchObject({
      id: chat.id,
    });
  });
});
