import { expect, it } from "vitest";

import { Database } from "../../../src/orm/database/database.ts";
import { ChatAccess } from "../../../src/server/chat-access.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";

type Context = {
  readonly userId: string | null;
};

describeDatabases((_name, open) => {
  it("reads the chats and messages in the caller's scope, and no others", async () => {
    const { prisma } = await open();
    const access = new ChatAccess<Context>(Database.open(prisma), ({ ctx }) => ctx);
    const chat = await prisma.llmChat.create({ data: { userId: "u1" } });
    const message = await prisma.llmMessage.create({ data: { chatId: chat.id, role: "user" } });
    expect(await access.chat({ userId: "u1" }, chat.id)).toMatchObject({ id: chat.id });
    expect(await access.message({ userId: "u1" }, message.id)).toMatchObject({
      row: { id: message.id },
      chat: { id: chat.id },
    });
    const errors: unknown[] = [];
    for (const userId of ["u2", null]) {
      const notFound = expect.objectContaining({ code: "NOT_FOUND" });
      await expect(access.chat({ userId }, chat.id)).rejects.toEqual(notFound);
      const denied: unknown = await access.message({ userId }, message.id).catch((e: unknown) => e);
      errors.push(denied, await access.message({ userId }, "missing").catch((e: unknown) => e));
    }
    expect(new Set(errors.map(String)).size).toBe(1);
  });
});

describeDatabases(
  (_name, open) => {
    it("refuses a scope with an unknown column, or without a value", async () => {
      const { prisma } = await open();
      const access = new ChatAccess<{ readonly [column: string]: string }>(
        Database.open(prisma),
        ({ ctx }) => ctx,
      );
      // A context as JavaScript, or a cast, may pass it.
      const empty = JSON.parse("{}") as { userId: string };
      await expect(access.chat({ userId: empty.userId }, "id")).rejects.toMatchObject({
        code: "CONFIGURATION",
        message: expect.stringContaining('no value for "userId"'),
      });
      await expect(access.chat({ tenant: "t1" }, "id")).rejects.toMatchObject({
        code: "CONFIGURATION",
        message: expect.stringContaining('"tenant", which is not a column'),
      });
    });
  },
  ["sqlite"],
);
