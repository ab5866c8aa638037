import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { extendedModels } from "../../../support/databases/specification-models.ts";

/** The models with columns that Prisma fills itself, and with names that it stores in another form. */
const models = `enum Kind {
  user
  assistant @map("model")
}

${extendedModels
  .replace(/^( {2}role +)String/m, "$1Kind")
  .replace(
    /^model LlmMessage \{$/m,
    '$&\n  ref String @default(cuid())\n  note String @default("none")',
  )
  .replace(/^model LlmChat \{$/m, "$&\n  touchedAt DateTime @updatedAt")}`;

const onlyFilled = models.replace(/^( {2}role +)Kind/m, "$1String").replace(/^enum .*?^\}/ms, "");

for (const [title, schema, databases] of [
  ["columns that Prisma fills", onlyFilled, ["sqlite", "postgresql"]],
  ["an enum with names of its own", models, ["postgresql"]],
] as const) {
  describeSchema(
    title,
    schema,
    (open) => {
      it("are stored as Prisma does it", async () => {
        const { prisma, model } = await open();
        const provider = createScriptedProvider("Fine.", { repeatLast: true });
        const chat = await createChat(prisma, createLLM({ provider }));
        const touched = async () =>
          Reflect.get(Object(await model("LlmChat").findFirst({})), "touchedAt");
        for (const question of ["One?", "Two?"]) {
          const before: unknown = await touched();
          await chat.ask(question);
          expect(Number(await touched())).toBeGreaterThan(Number(before));
        }
        const rows = await model("LlmMessage").findMany({ orderBy: { position: "asc" } });
        expect(rows.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
        expect(new Set(rows.map(({ ref }) => ref)).size).toBe(4);
        for (const row of rows)
          expect(row).toMatchObject({ ref: expect.any(String), note: "none" });
      });
    },
    databases,
  );
}
