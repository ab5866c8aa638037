import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import type { ScopeValue } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { extendedModels } from "../../../support/databases/specification-models.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";

const usage = {
  usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19, cached_tokens: 4, cost: 0.25 },
};

/** The models with other types for the specification's numbers, and for the owner of a chat. */
const modelsWith = (owner: string): string =>
  extendedModels
    .replace(/^( {2}userId +)String\?/m, `$1${owner.replace(/^\w+/, "$&?")}`)
    .replaceAll(/^model Llm(?:Chat|Message|Request) \{.*?^\}/gms, (model) =>
      model
        .replaceAll(/^( {2}(?:cost|temperature) +)Float\?/gm, "$1Decimal?")
        .replaceAll(/^( {2}(?:input|output|cached|thinking)Tokens +)Int\b/gm, "$1BigInt"),
    );

const owners: readonly (readonly [type: string, ada: ScopeValue, bob: ScopeValue])[] = [
  ["Int", 7, 8],
  ["BigInt", 7n, 9_007_199_254_740_993n],
  ["String @db.Uuid", crypto.randomUUID(), crypto.randomUUID()],
];

for (const [type, ada, bob] of owners) {
  const databases = type.includes("@db") ? (["postgresql"] as const) : undefined;
  // One of them with Prisma's older generator.
  const generator = type === "Int" ? "prisma-client-js" : "prisma-client";
  describeSchema(
    `owners of the type ${type}, with ${generator}`,
    modelsWith(type),
    (open) => {
      it("keep their chats apart, with numbers of other types as numbers", async () => {
        const { prisma } = await open();
        // Its delegates have other types, which the router does not look at.
        const client = prisma as PrismaClient;
        const provider = createScriptedProvider([["One.", usage], ["Two.", usage], ["Three."]]);
        const llm = createLLM({ provider, retry: { attempts: 1 } });
        const callerOf = (userId: ScopeValue) =>
          createAppRouter(client, llm, {
            scope: () => ({ userId }),
            budget: () => ({ tokens: 1_000_000, per: "day" }),
            models: ["gpt-4o"],
          }).createCaller({ userId: "" }).chat;
        const [chat, stranger] = [callerOf(ada), callerOf(bob)];
        const created = await chat.create({ temperature: 0.5 });
        const { id: chatId } = created;
        expect(created).toEqual(await chat.get({ chatId }));
        expect(created.temperature).toBe(0.5);
        const { assistantMessage } = await chat.send({ chatId, content: "A question" });
        const messages = async () => (await chat.messages({ chatId })).items;
        await expect.poll(messages).toMatchObject([
          { content: "A question" },
          {
            id: assistantMessage.id,
            status: "complete",
            usage: { inputTokens: 12, outputTokens: 7, cachedTokens: 4, cost: 0.25 },
          },
        ]);
        expect(provider.requests[0]?.temperature).toBe(0.5);
        expect((await chat.list({ search: "question" })).items).toMatchObject([{ id: chatId }]);
        expect(await chat.usage({ groupBy: "model" })).toMatchObject({
          groups: [{ cost: 0.25, inputTokens: 12 }],
        });
        expect(await chat.stats({ chatId })).toMatchObject({ cost: 0.25, input_tokens: 12 });

        expect((await stranger.list({})).items).toEqual([]);
        expect((await stranger.list({ search: "question" })).items).toEqual([]);
        await expect(stranger.get({ chatId })).rejects.toMatchObject({ code: "NOT_FOUND" });
        expect(await stranger.usage({ groupBy: "model" })).toMatchObject({ groups: [] });

        const own = await createChat(prisma, llm, {
          userId: bob,
          model: "gpt-4o",
          temperature: 0.25,
        });
        expect(own.record.temperature).toBe(0.25);
        expect(await own.ask("Another")).toMatchObject({
          content: "Two.",
          cost: 0.25,
          inputTokens: 12,
          cachedTokens: 4,
        });
        expect(own.record["userId"]).toBe(bob);
        const loaded = await loadChat(prisma, llm, own.id);
        expect(loaded.totalUsage).toMatchObject({ input_tokens: 12, cost: 0.25 });
        expect((await stranger.list({})).items).toMatchObject([{ id: own.id }]);
      });
    },
    databases,
    generator,
  );
}
