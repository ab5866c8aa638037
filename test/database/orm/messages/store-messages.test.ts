import type { Message, ToolCall } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

interface Call {
  readonly id: string;
  readonly args: string;
  readonly result: string | null;
}

/** Messages with calls whose ids repeat, within a message and from one to the next, as with core's Gemini. */
function messagesOf(random: SeededRandom): readonly (readonly Call[])[] {
  return Array.from({ length: 6 }, (_, index) => {
    // The calls with one of the ids get no results.
    const open = random.pick(["look", "find", "none", "none"]);
    return Array.from({ length: random.between(1, 4) }, (_call, number): Call => {
      const id = random.pick(["look", "look", "find", ""]);
      const result = id === open ? null : `result ${index}.${number}`;
      return { id, args: JSON.stringify({ call: `${index}.${number}` }), result };
    });
  });
}

const toMessages = (calls: readonly Call[]): Message[] => [
  {
    role: "assistant",
    content: null,
    tool_calls: calls.map(({ id, args }): ToolCall => ({
      id,
      type: "function",
      function: { name: "f", arguments: args },
    })),
  },
  ...calls.flatMap(({ id, result }): Message[] =>
    result === null ? [] : [{ role: "tool", tool_call_id: id, content: result }],
  ),
];

describeEveryDatabase((_name, open) => {
  it.each(Array.from({ length: 6 }, (_, index) => `repeated ids ${index}`))(
    "keeps each tool call of added messages with its own result (%s)",
    async (seed) => {
      const { prisma } = await open();
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const chat = await createChat(prisma, llm, { model: "scripted-model" });
      const added = messagesOf(new SeededRandom(seed));
      chat.add("user", "Look").addMessages(added.flatMap(toMessages));
      const answers = (await chat.messages()).slice(1);
      const stored = await Promise.all(
        answers.map(({ id: messageId }) =>
          prisma.llmToolCall.findMany({ where: { messageId }, orderBy: { position: "asc" } }),
        ),
      );
      expect(
        stored.map((calls) => calls.map(({ arguments: args, result }) => ({ args, result }))),
      ).toEqual(added.map((calls) => calls.map(({ args, result }) => ({ args, result }))));
      for (const calls of stored)
        expect(new Set(calls.map(({ toolCallId }) => toolCallId)).size).toBe(calls.length);

      const { history } = await loadChat(prisma, llm, chat.id);
      const results = history.filter(({ role }) => role === "tool").map(({ content }) => content);
      const missing = expect.stringContaining("did not finish");
      expect(results).toEqual(added.flat().map(({ result }) => result ?? missing));
    },
  );

  it.each(Array.from({ length: 4 }, (_, index) => `added later ${index}`))(
    "takes the results of calls that are stored already, once (%s)",
    async (seed) => {
      const database = await open();
      const { prisma } = database;
      const random = new SeededRandom(seed);
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const chat = await createChat(prisma, llm, { model: "scripted-model" });
      const added = messagesOf(random).map((calls) => calls.filter(({ id }) => id !== ""));
      chat.add("user", "Look");
      for (const message of added.flatMap(toMessages)) {
        chat.addMessage(message);
        if (random.chance(0.6)) await chat.messages();
      }
      await chat.messages();
      const other = await loadChat(database.connect(), llm, chat.id);
      for (const { history } of [chat, other]) {
        const results = history.filter(({ role }) => role === "tool").map(({ content }) => content);
        const given = added.flat().flatMap(({ result }) => result ?? []);
        expect(results.filter((result) => !String(result).includes("did not finish"))).toEqual(
          given,
        );
      }
      const unanswered = added.flat().filter(({ result }) => result === null).length;
      expect(await prisma.llmToolCall.count({ where: { result: null } })).toBe(unanswered);
    },
  );

  it("gives a result that two add at once to one of them", async () => {
    const database = await open();
    const { prisma } = database;
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    chat.add("user", "Look").addMessages(toMessages([{ id: "look", args: "{}", result: null }]));
    await chat.messages();
    const other = await loadChat(database.connect(), llm, chat.id);
    const ends = await Promise.allSettled(
      [chat, other].map((one, index) =>
        one.addMessage({ role: "tool", tool_call_id: "look", content: `cat ${index}` }).messages(),
      ),
    );
    expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const winner = ends.findIndex(({ status }) => status === "fulfilled");
    expect(await prisma.llmToolCall.findMany()).toMatchObject([{ result: `cat ${winner}` }]);
  });

  it("has what `messages` stores during an answer after that answer, in the history too", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([["One ", { hold: true }, "two"], ["Fine."]]);
    const chat = await createChat(prisma, createLLM({ provider }), { model: "scripted-model" });
    const answer = chat.ask("Count");
    await provider.waitForHold();
    chat.add("user", "By the way");
    await chat.messages();
    chat.add("user", "And this");
    provider.release();
    await answer;
    const said = ["Count", "One two", "By the way", "And this"];
    expect(chat.history.map(({ content }) => String(content))).toEqual(said);
    expect((await chat.messages()).map(({ content }) => content)).toEqual(said);
    await chat.ask("Well?");
    expect(provider.requests.at(-1)?.messages.map(({ content }) => String(content))).toEqual([
      ...said,
      "Well?",
    ]);
  });

  it.each([
    ["of no call", [{ id: "look", args: "{}", result: null }], "find"],
    ["of a call that has one", [{ id: "look", args: "{}", result: "a cat" }], "look"],
  ] as const)("refuses a result %s", async (_title, calls, id) => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const chat = await createChat(prisma, llm, { model: "scripted-model" });
    chat
      .addMessages(toMessages(calls))
      .addMessage({ role: "tool", tool_call_id: id, content: "?" });
    await expect(chat.messages()).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringContaining(`tool call "${id}" belongs to no call`),
    });
    expect(await prisma.llmMessage.count()).toBe(0);
  });
});
