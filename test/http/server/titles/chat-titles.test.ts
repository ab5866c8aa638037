import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { AnswerFailure } from "node-llm-trpc/server";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ChatServer } from "../../../support/servers/start-chat-server.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { tool } from "../../../support/providers/tool.ts";
import { watchChat } from "../../../support/clients/watch-chat.ts";

type Script = Extract<Scripts, (...args: never) => unknown>;
type Options = Parameters<typeof startChatServer>[2];
type Client = ReturnType<ChatServer["client"]>;

const usage = { usage: { input_tokens: 30, output_tokens: 4, total_tokens: 34, cost: 0.25 } };

/** Answers questions with "Fine." and requests for a title with the given script. */
const withTitle =
  (title: ReturnType<Script>): Script =>
  (request, call) =>
    isTitleRequest(request) ? title : [`Fine ${call}.`];

function isTitleRequest(request: Parameters<Script>[0]): boolean {
  return JSON.stringify(request.messages[0]).includes("You name conversations");
}

async function start(
  database: TestDatabase,
  scripts: Scripts,
  { isOther = false, ...options }: Options & { isOther?: boolean } = {},
) {
  const provider = createScriptedProvider(scripts);
  const answers: Promise<void>[] = [];
  const failures: AnswerFailure[] = [];
  const prisma = isOther ? database.connect() : database.prisma;
  const server = await startChatServer(prisma, createLLM({ provider }), {
    titles: true,
    background: (answer) => answers.push(answer),
    onError: (failure) => failures.push(failure),
    ...options,
  });
  const client = server.client("u1");
  return {
    provider,
    failures,
    client,
    titleRequests: () => provider.requests.filter(isTitleRequest),
    /** Waits for all work in the background. */
    settle: async () => await Promise.all(answers),
  };
}

const titleOf = async (client: Client, chatId: string): Promise<string | null> =>
  (await client.chat.get.query({ chatId })).title;

async function ask(client: Client, chatId: string, content: string, parentId?: string | null) {
  const input = parentId === undefined ? { chatId, content } : { chatId, content, parentId };
  const { assistantMessage, userMessage } = await client.chat.send.mutate(input);
  await readStream(client, { messageId: assistantMessage.id });
  return { question: userMessage.id, answer: assistantMessage.id };
}

describeDatabases((_name, open) => {
  it("lets the model name a chat once, in the background, and records the cost", async () => {
    const script = withTitle([{ hold: true }, '"Trip to Oslo."', usage]);
    const app = await start(await open(), script);
    const chat = await app.client.chat.create.mutate({});
    const other = await app.client.chat.create.mutate({ title: "Newer" });
    const tab = watchChat(app.client, { chatId: chat.id });
    await ask(app.client, chat.id, "Where to in winter?\nBy train.");
    await app.provider.waitForHold();
    // The answer has ended and the chat accepts messages, but still has its provisional title.
    expect(await titleOf(app.client, chat.id)).toBe("Where to in winter?");
    await app.client.chat.update.mutate({ chatId: other.id, title: "Newest" });
    const told = tab.notices.length;
    app.provider.release();
    await app.settle();
    expect(await titleOf(app.client, chat.id)).toBe("Trip to Oslo");
    await expect
      .poll(() => tab.notices.slice(told).map(({ notice }) => notice))
      .toContainEqual(
        expect.objectContaining({ chat: expect.objectContaining({ title: "Trip to Oslo" }) }),
      );
    tab.stop();
    const { items } = await app.client.chat.list.query({});
    expect(items.map(({ title }) => title)).toEqual(["Newest", "Trip to Oslo"]);
    expect(await app.client.chat.stats.query({ chatId: chat.id })).toMatchObject({
      input_tokens: 30,
      cost: 0.25,
    });
    const [request] = app.titleRequests();
    expect(request?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(request?.messages[1]?.content).toBe(
      "Question:\nWhere to in winter?\nBy train.\n\nAnswer:\nFine 1.",
    );
    expect(request?.tools).toBeUndefined();

    const first = await ask(app.client, chat.id, "And in summer?");
    await app.client.chat.regenerate.mutate({ messageId: first.answer });
    await app.settle();
    await ask(app.client, chat.id, "Where to in spring?", null);
    await app.settle();
    expect(app.titleRequests()).toHaveLength(1);
    expect(await titleOf(app.client, chat.id)).toBe("Trip to Oslo");
    expect(app.failures).toEqual([]);
  });

  it("keeps a title that the user sets while the model is asked", async () => {
    const app = await start(await open(), withTitle([{ hold: true }, "By the model"]));
    for (const title of ["Mine", null]) {
      const { id: chatId } = await app.client.chat.create.mutate({});
      await ask(app.client, chatId, "Hello");
      await app.provider.waitForHold();
      await app.client.chat.update.mutate({ chatId, title });
      app.provider.release();
      await app.settle();
      expect(await titleOf(app.client, chatId)).toBe(title);
    }
    expect(app.titleRequests()).toHaveLength(2);
  });

  it("keeps a title that is set on another instance, whichever write comes first", async () => {
    const database = await open();
    const app = await start(database, withTitle([{ hold: true }, "By the model"]));
    const other = await start(database, "", { isOther: true });
    for (let round = 0; round < 8; round++) {
      const { id: chatId } = await app.client.chat.create.mutate({});
      await ask(app.client, chatId, "Hello");
      await app.provider.waitForHold();
      const renamed = other.client.chat.update.mutate({ chatId, title: "Mine" });
      if (round % 2 === 0) await renamed;
      app.provider.release();
      await Promise.all([renamed, app.settle()]);
      expect(await titleOf(app.client, chatId)).toBe("Mine");
    }
  });

  it("asks only once, even when the process that asks hangs", async () => {
    const database = await open();
    const one = await start(database, withTitle([{ hold: true }, "Late"]));
    const two = await start(database, withTitle("Second"), { isOther: true });
    const { id: chatId } = await one.client.chat.create.mutate({});
    const first = await ask(one.client, chatId, "Hello");
    await one.provider.waitForHold();
    await ask(two.client, chatId, "And more");
    await two.settle();
    await two.client.chat.regenerate.mutate({ messageId: first.answer });
    await two.settle();
    expect(two.titleRequests()).toEqual([]);
    expect(await titleOf(two.client, chatId)).toBe("Hello");
    one.provider.release();
    await one.settle();
    expect(await titleOf(two.client, chatId)).toBe("Late");
  });

  it("does not name a chat that has a title from the app or the user", async () => {
    const app = await start(await open(), withTitle("By the model"));
    const named = await app.client.chat.create.mutate({ title: "Hello" });
    await ask(app.client, named.id, "Hello");
    const renamed = await app.client.chat.create.mutate({});
    await app.client.chat.update.mutate({ chatId: renamed.id, title: "Mine" });
    await ask(app.client, renamed.id, "Hello");
    await app.settle();
    expect(await titleOf(app.client, named.id)).toBe("Hello");
    expect(await titleOf(app.client, renamed.id)).toBe("Mine");
    expect(app.titleRequests()).toEqual([]);
  });

  it("names a chat after the first answer that succeeds", async () => {
    let failing = true;
    const app = await start(await open(), (request) => {
      if (isTitleRequest(request)) return "By the model";
      return failing ? [{ error: new Error("no") }] : "Fine.";
    });
    const { id: chatId } = await app.client.chat.create.mutate({});
    const { question } = await ask(app.client, chatId, "Hello");
    await app.settle();
    expect(app.titleRequests()).toEqual([]);
    failing = false;
    await app.client.chat.regenerate.mutate({ messageId: question });
    await app.settle();
    expect(await titleOf(app.client, chatId)).toBe("By the model");
    expect(app.titleRequests()).toHaveLength(1);
  });

  it("names a chat when its first answer continues after an approval, on another instance", async () => {
    const database = await open();
    const toolCall = { id: "c1", name: "remove", arguments: {} };
    const script: Script = (request, call) => {
      if (isTitleRequest(request)) return "By the model";
      return call === 1 ? ["I will. ", { toolCall }] : ["It is gone."];
    };
    const options = { tools: [tool("remove", async () => "removed")], needsApproval: ["remove"] };
    const one = await start(database, script, options);
    const two = await start(database, (request) => script(request, 2), {
      ...options,
      isOther: true,
    });
    const { id: chatId } = await one.client.chat.create.mutate({});
    const { answer } = await ask(one.client, chatId, "Remove it");
    await one.settle();
    expect(await titleOf(one.client, chatId)).toBe("Remove it");
    const decision = { messageId: answer, toolCallId: "c1", approved: true };
    await two.client.chat.respondToTool.mutate(decision);
    await two.settle();
    expect(await titleOf(one.client, chatId)).toBe("By the model");
    expect([...one.titleRequests(), ...two.titleRequests()]).toHaveLength(1);
  });

  it("keeps the provisional title when the call fails or times out, and tells only onError", async () => {
    const database = await open();
    const error = new Error("The key sk-secret is wrong");
    const failing = await start(database, withTitle([{ error }]));
    const { id: chatId } = await failing.client.chat.create.mutate({});
    const { answer } = await ask(failing.client, chatId, "Hello");
    await failing.settle();
    expect(await titleOf(failing.client, chatId)).toBe("Hello");
    expect(failing.failures).toEqual([{ task: "title", error, chatId, messageId: answer }]);
    const requests = await database.prisma.llmRequest.findMany({ orderBy: { createdAt: "asc" } });
    expect(requests.map(({ messageId, errorCode }) => [messageId, errorCode])).toEqual([
      [answer, null],
      [null, "INTERNAL"],
    ]);
    const { items } = await failing.client.chat.messages.query({ chatId });
    expect(items.at(-1)).toMatchObject({ status: "complete", error: null });

    const provider = createScriptedProvider(withTitle([{ hold: true }, "Too late"]));
    const answers: Promise<void>[] = [];
    const failures: AnswerFailure[] = [];
    const server = await startChatServer(database.prisma, createLLM({ provider }), {
      titles: { timeout: 20 },
      background: (promise) => answers.push(promise),
      onError: (failure) => failures.push(failure),
    });
    const client = server.client("u1");
    const slow = await client.chat.create.mutate({});
    await ask(client, slow.id, "Hello again");
    await Promise.all(answers);
    expect(await titleOf(client, slow.id)).toBe("Hello again");
    expect(failures).toEqual([expect.objectContaining({ task: "title" })]);
    expect(provider.aborted).toBe(1);
  });

  it("uses the app's model and instructions, and makes no call without the option", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider((_request, call) => `Text ${call}`);
    const answers: Promise<void>[] = [];
    const background = (answer: Promise<void>): void => void answers.push(answer);
    const llm = createLLM({ provider });
    const titles = { model: "small", instructions: "Name it." };
    const client = (await startChatServer(prisma, llm, { titles, background })).client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    await ask(client, chatId, "Hello");
    await Promise.all(answers);
    expect(provider.requests[1]).toMatchObject({
      model: "small",
      messages: [{ role: "system", content: "Name it." }, { role: "user" }],
    });
    expect(await titleOf(client, chatId)).toBe("Text 2");

    const plain = (await startChatServer(prisma, llm, { background })).client("u1");
    const other = await plain.chat.create.mutate({});
    await ask(plain, other.id, "Hello");
    await Promise.all(answers);
    expect(provider.calls).toBe(3);
    expect(await titleOf(plain, other.id)).toBe("Hello");
  });
});
