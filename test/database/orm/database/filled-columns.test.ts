import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { openChat } from "../../../../src/orm/turn/begin/open-chat.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { extendedModels } from "../../../support/databases/specification-models.ts";

/** The models with further lines, by the name of the model. */
const modelsWith = (lines: Readonly<Record<string, string>>): string =>
  Object.entries(lines).reduce(
    (models, [model, line]) => models.replace(`model ${model} {`, `$&\n  ${line}`),
    extendedModels,
  );
const ref = "ref String @default(cuid())";
const touchedAt = "touchedAt DateTime @updatedAt";
const kinds = `enum Kind {
  user
  assistant @map("model")
}

${extendedModels.replace(/^( {2}role +)String/m, "$1Kind")}`;

for (const [title, schema, databases] of [
  ["a column that Prisma fills", modelsWith({ LlmMessage: ref }), ["sqlite", "postgresql"]],
  ["a time that Prisma sets", modelsWith({ LlmChat: touchedAt }), ["sqlite", "postgresql"]],
  ["an enum with names of its own", kinds, ["postgresql"]],
] as const) {
  describeSchema(
    title,
    schema,
    (open) => {
      it("is stored as Prisma does it", async () => {
        const { prisma, model } = await open();
        const provider = createScriptedProvider("Fine.", { repeatLast: true });
        const chat = await createChat(prisma, createLLM({ provider }));
        const touched = async (): Promise<number> =>
          Number(Reflect.get(Object(await model("LlmChat").findFirst({})), "touchedAt"));
        for (const question of ["One?", "Two?"]) {
          const before = await touched();
          await chat.ask(question);
          if (schema.includes(touchedAt)) expect(await touched()).toBeGreaterThan(before);
        }
        const rows = await model("LlmMessage").findMany({ orderBy: { position: "asc" } });
        expect(rows.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
        if (schema.includes(ref)) expect(new Set(rows.map((row) => row["ref"])).size).toBe(4);
      });

      it("does not let a question follow a message that was deleted after it was read", async () => {
        const { prisma, model } = await open();
        const db = Database.open(prisma);
        const provider = createScriptedProvider("Fine.");
        const { id } = await createChat(prisma, createLLM({ provider }));
        const given = { model: null, provider: null };
        const user = () => ({ id: crypto.randomUUID(), content: "One?", contentRaw: null });
        const first = await beginTurn(db, { ...(await openChat(db, id)), ...given, user: user() });
        const end = { turnLock: null, status: "complete" };
        await model("LlmMessage").updateMany({ where: { turnLock: id }, data: end });
        const stale = await openChat(db, id);
        await model("LlmMessage").deleteMany({ where: { id: first.assistant.id } });
        const next = await beginTurn(db, { ...stale, ...given, user: user() });
        expect(next.user?.parentId).toBe(first.user?.id);
      });
    },
    databases,
  );
}

describeSchema(
  "dates of a type with a zone",
  extendedModels.replaceAll(/\sDateTime\b\??/g, "$& @db.Timestamptz(3)"),
  (open) => {
    it("are stored as Prisma does it, whatever the zone of the session is", async () => {
      const database = await open();
      const { prisma, model } = database;
      const run = (client: object, sql: string): unknown =>
        Reflect.apply(Reflect.get(client, "$executeRawUnsafe") as () => unknown, client, [sql]);
      await run(
        prisma,
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''America/New_York''', current_database()); END $$`,
      );
      const client = database.connect();
      const provider = createScriptedProvider([{ hold: true }, "Fine."]);
      const chat = await createChat(client, createLLM({ provider }));
      const asked = chat.ask("One?");
      await provider.waitForHold();
      for (const { createdAt } of await model("LlmMessage").findMany({})) {
        const { createdAt: ofChat } = (await model("LlmChat").findFirst({})) ?? {};
        expect(Math.abs(Number(createdAt) - Number(ofChat))).toBeLessThan(60_000);
      }
      expect(
        await failureOf((await loadChat(client, createLLM({ provider }), chat.id)).ask("Two?")),
      ).toMatchObject({ code: "CONFLICT" });
      provider.release();
      expect(await asked).toMatchObject({ status: "complete", content: "Fine." });
    });
  },
  ["postgresql"],
);
