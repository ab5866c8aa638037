import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeEveryDatabase } from "../../support/databases/describe-databases.ts";
import { watchStatements } from "../../support/databases/watch-statements.ts";
import { failureOf } from "../../support/failure-of.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 } };

describeEveryDatabase((_name, open) => {
  it("adds up the requests of a chat in the database, and keeps an unknown cost null", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      ["A", usage],
      ["B", { usage: { ...usage.usage, cost: 0.5 } }],
    ]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    expect(await chat.stats()).toEqual({
      input_tokens: 0,
      output_tokens: 0,
      total_tokens: 0,
      cost: null,
    });
    await chat.ask("a");
    expect(await chat.stats()).toEqual({
      input_tokens: 12,
      output_tokens: 7,
      total_tokens: 19,
      cost: null,
    });
    await chat.ask("b");
    expect(await chat.stats()).toEqual({
      input_tokens: 24,
      output_tokens: 14,
      total_tokens: 38,
      cost: 0.5,
    });
  });

  it.each(Array.from({ length: 6 }, (_, index) => `added messages ${index}`))(
    "stores each added message once and in order, whenever it is added (%s)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const { prisma } = await open();
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const chat = await createChat(prisma, llm, { model: "scripted-model" });
      const expected: string[] = [];
      const add = (): void => {
        expected.push(`added ${expected.length}`);
        chat.add("user", `added ${expected.length - 1}`);
      };
      for (let round = 0; round < 4; round++) {
        const calls: Promise<unknown>[] = [];
        const asking = random.between(0, 3);
        for (let call = 0; call < 4; call++) {
          for (let count = random.between(0, 2); count > 0; count--) add();
          calls.push(call === asking ? chat.ask("A question") : chat.messages());
          // Later calls begin while the earlier ones wait for the database.
          for (let turns = random.between(0, 6); turns > 0; turns--) await Promise.resolve();
          if (random.chance(0.3)) await Promise.race(calls);
        }
        await Promise.all(calls);
      }
      const contents = (await chat.messages()).map(({ content }) => content ?? "");
      expect(contents.filter((content) => content.startsWith("added"))).toEqual(expected);
      expect(contents.filter((content) => content === "Fine.")).toHaveLength(4);
    },
  );

  it.each(["INSERT INTO", "UPDATE"])(
    "stores added messages once when the first attempt fails at %s",
    async (verb) => {
      const fails = new RegExp(`^${verb} .*LlmMessage\\W`);
      let failures = 1;
      const watched = watchStatements(await open(), (statement) => {
        if (fails.test(statement) && failures-- > 0) throw new Error("from the database");
      });
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const chat = await createChat(watched.prisma, llm, { model: "scripted-model" });
      chat.add("user", "One").add("assistant", "Two");
      expect(await failureOf(chat.messages())).toMatchObject({
        message: expect.stringContaining("from the database"),
      });
      await chat.ask("Three");
      expect(await chat.messages()).toMatchObject(
        ["One", "Two", "Three", "Fine."].map((content, index) => ({
          content,
          position: index + 1,
        })),
      );
      await watched.close();
    },
  );
});
