import { createLLM } from "@node-llm/core";
import { PrismaPg } from "@prisma/adapter-pg";
import { describe, expect, it } from "vitest";

import type { TableNames } from "node-llm-trpc/orm";
import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClientLike } from "../../../../src/orm/database/client/prisma-client-like.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { persistenceContract } from "../../../support/databases/persistence-contract.ts";
import {
  generateSchemaClient,
  importSchemaClient,
} from "../../../support/databases/generate-schema-client.ts";
import {
  extendedModels,
  mapModels,
  renameModels,
} from "../../../support/databases/specification-models.ts";
import { executeOnPostgres } from "../../../support/databases/execute-on-postgres.ts";

/** The names of the specification's example. */
const tableNames = {
  chat: "AssistantChat",
  message: "AssistantMessage",
  toolCall: "AssistantToolCall",
  request: "AssistantRequest",
  usage: "AssistantUsage",
  usageDay: "AssistantUsageDay",
  account: "AssistantAccount",
};
const renamed = renameModels(extendedModels);

describeSchema(
  "models of other names",
  renamed,
  (open) => persistenceContract(open, { tableNames, isExtended: true }),
  ["sqlite"],
);

describeSchema("tables and columns of other names", mapModels(renamed), (open) => {
  persistenceContract(open, { tableNames, isExtended: true });
});

describeSchema(
  "tables of another schema",
  mapModels(extendedModels, "ai"),
  (open) => persistenceContract(open, { isExtended: true }),
  ["postgresql"],
);

describeSchema("both names in one schema", extendedModels + renamed, (open) => {
  const llm = createLLM({ provider: createScriptedProvider("One two three") });

  it("are told apart, down to the pieces of an answer", async () => {
    const { prisma, model } = await open();
    for (const names of [tableNames, {}]) {
      const chat = await createChat(prisma, llm, { tableNames: names });
      await readText(chat.askStream("Count"));
      expect((await chat.messages()).at(-1)).toMatchObject({ content: "One two three" });
    }
    for (const name of ["LlmMessage", "AssistantMessage"])
      expect(await model(name).findMany({ where: {} })).toHaveLength(2);
    for (const name of ["LlmUsage", "AssistantUsage"])
      expect(await model(name).findMany({ where: {} })).toHaveLength(1);
  });

  it.each<[keyof TableNames, TableNames]>([
    ["chat", { ...tableNames, chat: "Nope" }],
    ["message", { ...tableNames, message: "Nope" }],
    ["toolCall", { ...tableNames, toolCall: "Nope" }],
    ["request", { ...tableNames, request: "Nope" }],
    ["chunk", { ...tableNames, chunk: "Nope" }],
    ["usage", { ...tableNames, usage: "Nope" }],
    ["usageDay", { ...tableNames, usageDay: "Nope" }],
    ["account", { ...tableNames, account: "Nope" }],
    ["attachment", { ...tableNames, attachment: "Nope" }],
    ["storedFile", { ...tableNames, storedFile: "Nope" }],
  ])("are listed when the name of the %s model is wrong", async (role, names) => {
    const { prisma, model } = await open();
    await expect(createChat(prisma, llm, { tableNames: names })).rejects.toMatchObject({
      name: "ChatError",
      code: "CONFIGURATION",
      message: expect.stringMatching(
        new RegExp(
          `no model "Nope" \\(tableNames\\.${role}\\)\\..*LlmChat, .*AssistantChat, `,
          "s",
        ),
      ),
    });
    expect(await model("AssistantChat").findMany({ where: {} })).toEqual([]);
  });

  it("may be spelled as the client spells them", async () => {
    const { prisma } = await open();
    const names = { chat: "assistantChat", message: "assistantMessage" };
    const chat = await createChat(prisma, llm, { tableNames: { ...tableNames, ...names } });
    await readText(chat.askStream("Count"));
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "One two three" });
  });
});

describe("a driver adapter with its own schema", () => {
  describeSchema(
    "as the place of the tables",
    extendedModels,
    (open) => {
      it("is where the saved pieces go", async () => {
        const { url } = await open();
        const models = [...extendedModels.matchAll(/^model (\w+)/gm)].map(([, name]) => name);
        await executeOnPostgres(url, `CREATE SCHEMA "my chats"`);
        for (const model of models)
          await executeOnPostgres(url, `ALTER TABLE "${model}" SET SCHEMA "my chats"`);
        const { PrismaClient } = await importSchemaClient(
          await generateSchemaClient(extendedModels, "postgresql"),
        );
        const adapter = new PrismaPg({ connectionString: url }, { schema: "my chats" });
        const prisma = new PrismaClient({ adapter }) as PrismaClientLike;
        const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
        const chat = await createChat(prisma, createLLM({ provider }));
        const reading = readText(chat.askStream("Count"));
        await provider.waitForHold();
        await new Promise((resolve) => setTimeout(resolve, 330));
        provider.release();
        await reading;
        expect((await chat.messages()).at(-1)).toMatchObject({ content: "One two" });
        await prisma.$disconnect();
      });
    },
    ["postgresql"],
  );
});
