import { expect, it } from "vitest";

import { Database } from "../../../src/orm/database/database.ts";
import { findsChat } from "../../../src/orm/database/finds-chat.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { extendHarmlessly } from "../../support/databases/extend-harmlessly.ts";
import { failureOf } from "../../support/failure-of.ts";

describeDatabases((_name, open) => {
  it("finds the same chats as the client's own calls", async () => {
    const { prisma } = await open();
    const { id } = await prisma.llmChat.create({ data: { userId: "u'1", title: "1" } });
    for (const client of [prisma, extendHarmlessly(prisma)]) {
      const db = Database.open(client);
      expect(await findsChat(db, id, {})).toBe(true);
      expect(await findsChat(db, id, { userId: "u'1" })).toBe(true);
      expect(await findsChat(db, id, { userId: "u'1", title: "1" })).toBe(true);
      expect(await findsChat(db, id, { userId: "u2" })).toBe(false);
      expect(await findsChat(db, "another", { userId: "u'1" })).toBe(false);
      const failure = await failureOf(findsChat(db, id, { title: 1 }));
      expect(failure).toMatchObject({ name: "PrismaClientValidationError" });
    }
  });
});
