import { createLLM } from "@node-llm/core";
import { expect, it, onTestFinished } from "vitest";

import { createChat } from "../../../../../src/orm/create-chat.ts";
import { createScriptedProvider } from "../../../../../src/testing/index.ts";
import { createMysqlDatabase } from "../../../../support/databases/create-mysql-database.ts";
import { describeDatabases } from "../../../../support/databases/describe-databases.ts";
import { openClient } from "../../../../support/databases/open-client.ts";
import { failureOf } from "../../../../support/failure-of.ts";

const llm = createLLM({ provider: createScriptedProvider("Fine.") });

describeDatabases(
  (_name, open) => {
    it.each(["utf8mb4_unicode_ci", "utf8mb4_bin"])(
      "refuses %s, and says what to do, which works",
      async (collation) => {
        const create = async (replacement: string) => {
          const tables: readonly string[] = JSON.parse(process.env["TEST_MYSQL_TABLES"] ?? "[]");
          const statements = tables.map((sql) =>
            sql.replace(/COLLATE \w+/, `COLLATE ${replacement}`),
          );
          const database = await createMysqlDatabase(
            process.env["TEST_MYSQL_URL"] ?? "",
            statements,
          );
          const prisma = openClient(database.url);
          onTestFinished(async () => {
            await prisma.$disconnect();
            await database.remove();
          });
          return prisma;
        };
        const error = await failureOf(createChat(await create(collation), llm));
        expect(error).toMatchObject({
          code: "CONFIGURATION",
          message: expect.stringContaining(`the collation ${collation} takes`),
        });
        const advised = /with COLLATE (\w+)/.exec(String(error))?.[1] ?? "";
        const chat = await createChat(await create(advised), llm);
        expect(await chat.ask("Hello")).toMatchObject({ content: "Fine." });
      },
    );

    it("refuses a server that would not refuse null", async () => {
      const loose = new URL((await open()).url);
      loose.searchParams.set("sessionVariables", `{"sql_mode":"NO_ZERO_DATE"}`);
      const prisma = openClient(loose.href);
      expect(await failureOf(createChat(prisma, llm))).toMatchObject({
        code: "CONFIGURATION",
        message: expect.stringContaining("STRICT_TRANS_TABLES"),
      });
      await prisma.$disconnect();
    });

    it("tells owners and ids apart by their case, and by spaces at their end", async () => {
      const { prisma } = await open();
      await prisma.llmChat.create({ data: { id: "a", userId: "anna" } });
      for (const userId of ["Anna", "anna ", "ánna"]) {
        expect(await prisma.llmChat.findFirst({ where: { userId } })).toBeNull();
        await prisma.llmChat.create({ data: { id: userId, userId } });
      }
      expect(await prisma.llmChat.count({ where: { userId: "anna" } })).toBe(1);
    });
  },
  ["mysql"],
);
