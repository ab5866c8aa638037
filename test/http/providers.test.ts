import { afterEach, describe, expect, it } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import type { ChatMessage } from "node-llm-trpc/server";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { readText } from "../support/clients/read-text.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { createProviderLLM, providerNames } from "../support/providers/create-provider-llm.ts";
import type { ModelAnswer, ModelError } from "../support/providers/formats/model-answer.ts";
import type { ProviderStub } from "../support/providers/provider-stubs.ts";
import { providerStubs } from "../support/providers/provider-stubs.ts";
import type { HttpError, StartedStub } from "../support/providers/start-provider-stub.ts";
import { startProviderStub } from "../support/providers/start-provider-stub.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import type { CaseTools } from "../support/wire/case-tools.ts";
import { createCaseTools } from "../support/wire/case-tools.ts";
import { codeOfStatus } from "../support/wire/expected-outcome.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Replies = readonly (ModelAnswer | HttpError)[];

async function startStub(stub: ProviderStub, replies: Replies): Promise<StartedStub> {
  const server = await startProviderStub(stub, replies);
  closing.push(() => server.close());
  return server;
}

const llmOf = (stub: ProviderStub, { origin }: StartedStub) =>
  createProviderLLM(stub.name, { origin, name: "test" }, { attempts: 1, delayMs: 0 });

interface Scene {
  readonly server: StartedStub;
  readonly tools: CaseTools;
  /** Sends a question, and waits for the end of its answer. */
  readonly ask: (content: string) => Promise<ChatMessage>;
  /** Everything that the client has received. */
  readonly seen: () => string;
}

/** A chat behind the router, with a stand-in for its provider. */
async function openScene(
  prisma: PrismaClient,
  stub: ProviderStub,
  replies: Replies,
  options: AppRouterOptions = {},
): Promise<Scene> {
  const server = await startStub(stub, replies);
  const tools = createCaseTools();
  const chats = await startChatServer(prisma, llmOf(stub, server), {
    models: [stub.model],
    tools: [...tools.tools],
    instructions: "Be brief.",
    onError: () => undefined,
    ...options,
  });
  const client = chats.client("u1");
  const chat = await client.chat.create.mutate({});
  const received: unknown[] = [];
  return {
    server,
    tools,
    ask: async (content) => {
      const sent = await client.chat.send.mutate({ chatId: chat.id, content });
      const events = await readStream(client, { messageId: sent.assistantMessage.id });
      received.push(sent, events, await client.chat.messages.query({ chatId: chat.id }));
      const done = events.at(-1)?.event;
      if (done?.type !== "done") throw new Error("The stream ended without `done`.");
      return done.message;
    },
    seen: () => JSON.stringify(received),
  };
}

const stubsThat = (ability: keyof ProviderStub["facts"]): readonly ProviderStub[] =>
  Object.values(providerStubs).filter((stub) => stub.facts[ability]);

const usage = { input: 100, output: 20 };
const secret = "The provider's own words";
const fine: ModelAnswer = { text: ["Fine", "."], usage };

describeDatabases(
  (_name, open) => {
    describe.each(providerNames)("%s, through the router", (name) => {
      const stub = providerStubs[name];
      const weather = (number: number, city: string) => ({
        id: stub.callId(number),
        name: "get_weather",
        input: { city },
      });
      const time = (number: number) => ({ id: stub.callId(number), name: "get_time", input: {} });
      const calling: ModelAnswer = {
        ...(stub.facts.getsThinkingBack ? { thinking: ["I need ", "it."] } : {}),
        toolCalls: [weather(1, "Oslo")],
        usage,
      };
      const thinking = stub.facts.getsThinkingBack ? { thinking: { budget: 2000 } } : {};
      const scene = async (replies: Replies, options: AppRouterOptions = thinking) =>
        openScene((await open()).prisma, stub, replies, options);

      it("answers", async () => {
        const { server, ask } = await scene([{ text: ["Hello ", "world."], usage }], {});
        expect(await ask("Hi")).toMatchObject({
          status: "complete",
          content: "Hello world.",
          finishReason: "stop",
          model: stub.model,
          usage: { inputTokens: 100, outputTokens: 20 },
        });
        expect(server.complaints).toEqual([]);
      });

      it("runs a tool", async () => {
        const { server, tools, ask } = await scene([calling, { text: ["Sunny."], usage }]);
        expect(await ask("Weather?")).toMatchObject({
          status: "complete",
          content: "Sunny.",
          toolCalls: [{ name: "get_weather", arguments: { city: "Oslo" }, status: "complete" }],
          usage: { inputTokens: 200, outputTokens: 40 },
        });
        expect(tools.runs()).toEqual(['get_weather({"city":"Oslo"})']);
        expect(JSON.stringify(server.requests[1])).toContain("The result of get_weather");
        expect(server.complaints).toEqual([]);
      });

      it("runs parallel tools, in several rounds", async () => {
        const { server, tools, ask } = await scene(
          [
            {
              text: ["Let me ", "look. "],
              toolCalls: [weather(1, "Oslo"), weather(2, "Rome"), time(3)],
              usage,
            },
            { toolCalls: [weather(4, "Oslo")], usage },
            { text: ["Done."], usage },
          ],
          {},
        );
        expect(await ask("Weather?")).toMatchObject({
          status: "complete",
          content: "Let me look. Done.",
          toolCalls: [
            { name: "get_weather", arguments: { city: "Oslo" }, status: "complete" },
            { name: "get_weather", arguments: { city: "Rome" }, status: "complete" },
            { name: "get_time", arguments: {}, status: "complete" },
            { name: "get_weather", arguments: { city: "Oslo" }, status: "complete" },
          ],
        });
        expect(tools.runs()).toEqual([
          "get_time({})",
          'get_weather({"city":"Oslo"})',
          'get_weather({"city":"Oslo"})',
          'get_weather({"city":"Rome"})',
        ]);
        expect(server.complaints).toEqual([]);
      });

      it("gets the history of earlier questions", async () => {
        const { server, ask } = await scene([calling, { text: ["Sunny."], usage }, fine]);
        await ask("Weather in Oslo?");
        expect(await ask("Really?")).toMatchObject({ status: "complete", content: "Fine." });
        const history = JSON.stringify(server.requests[2]);
        for (const text of ["Be brief.", "Weather in Oslo?", "get_weather", "Sunny.", "Really?"])
          expect(history).toContain(text);
        expect(history.split("The result of get_weather")).toHaveLength(2);
        expect(server.complaints).toEqual([]);
      });

      it("accepts the history of an answer that failed after a tool", async () => {
        const { server, ask } = await scene([
          calling,
          { http: { status: 500, message: secret } },
          fine,
          fine,
        ]);
        expect(await ask("Weather?")).toMatchObject({
          status: "failed",
          error: { code: "PROVIDER_ERROR" },
        });
        expect(await ask("And now?")).toMatchObject({ status: "complete", content: "Fine." });
        expect(await ask("Sure?")).toMatchObject({ status: "complete", content: "Fine." });
        expect(server.complaints).toEqual([]);
      });

      it("accepts two questions in a row, after an answer without text", async () => {
        const { server, ask } = await scene([{ http: { status: 500, message: secret } }, fine], {});
        await ask("First?");
        expect(await ask("Second?")).toMatchObject({ status: "complete", content: "Fine." });
        const history = JSON.stringify(server.requests[1]);
        expect(history).toContain("First?");
        expect(history).toContain("Second?");
        expect(server.complaints).toEqual([]);
      });

      it.each([401, 429, 500, 503] as const)("fails with %i", async (status) => {
        const { ask, seen } = await scene([{ http: { status, message: secret } }], {});
        expect(await ask("Hi")).toMatchObject({
          status: "failed",
          error: { code: codeOfStatus[status] },
        });
        expect(seen()).not.toContain(secret);
        expect(seen()).not.toContain("sk-SECRET");
      });

      it.each([429, 500, 503] as const)("fails with %i in the stream", async (status) => {
        const error: ModelError = { status, message: secret };
        const { ask, seen } = await scene([{ text: ["Half "], error }], {});
        expect(await ask("Hi")).toMatchObject({
          status: "failed",
          content: "Half ",
          error: { code: codeOfStatus[status] },
        });
        expect(seen()).not.toContain(secret);
      });

      it.each([
        ["eof", "STREAM_INCOMPLETE"],
        ["drop", "CONNECTION_LOST"],
      ] as const)("notices a stream that is cut off by %s", async (cut, code) => {
        const { tools, ask } = await scene(
          [{ text: ["Half "], toolCalls: [weather(1, "Oslo")], cut }],
          {},
        );
        expect(await ask("Hi")).toMatchObject({
          status: "failed",
          content: "Half ",
          error: { code },
        });
        expect(tools.runs()).toEqual([]);
      });

      it.each([
        ["length", "length"],
        ["content_filter", "content_filter"],
      ] as const)("says that an answer was ended by %s", async (finish, finishReason) => {
        const { ask } = await scene([{ text: ["Cut in ", "the mid"], finish, usage }], {});
        expect(await ask("Hi")).toMatchObject({
          status: "complete",
          content: "Cut in the mid",
          finishReason,
        });
      });

      it.each([
        ["says nothing", "stop", "EMPTY_ANSWER"],
        ["reaches the limit before it says anything", "length", "EMPTY_ANSWER"],
        ["is filtered", "content_filter", "CONTENT_FILTERED"],
      ] as const)("fails when it %s", async (_case, finish, code) => {
        const { ask } = await scene([{ finish, usage }], {});
        expect(await ask("Hi")).toMatchObject({
          status: "failed",
          finishReason: finish,
          error: { code, retryable: code === "EMPTY_ANSWER" },
          usage: { inputTokens: 100, outputTokens: 20 },
        });
      });

      describe.each(["ask", "askStream"] as const)("%s", (method) => {
        const asking = async (replies: Replies) => {
          const { prisma } = await open();
          const server = await startStub(stub, replies);
          const tools = createCaseTools();
          const chat = await createChat(prisma, llmOf(stub, server), {
            model: stub.model,
            tools: [...tools.tools],
            ...thinking,
          });
          const question = (content: string): Promise<unknown> =>
            method === "ask" ? chat.ask(content) : readText(chat.askStream(content));
          return { prisma, server, tools, chat, question };
        };

        it("runs a tool, and remembers", async () => {
          const { server, tools, chat, question } = await asking([
            calling,
            { text: ["Sunny."], usage },
            fine,
          ]);
          await question("Weather?");
          await question("Sure?");
          expect(await newest(chat, 3)).toMatchObject([
            { content: "Sunny.", inputTokens: 200, outputTokens: 40 },
            { content: "Sure?" },
            { content: "Fine.", inputTokens: 100, outputTokens: 20, finishReason: "stop" },
          ]);
          expect(tools.runs()).toEqual(['get_weather({"city":"Oslo"})']);
          expect(server.complaints).toEqual([]);
        });

        it("rejects with the provider's error", async () => {
          const { prisma, question } = await asking([{ http: { status: 429, message: secret } }]);
          expect(await failureOf(question("Hi"))).toMatchObject({ status: 429 });
          expect(await prisma.llmRequest.findMany()).toMatchObject([
            { statusCode: 429, errorCode: "RATE_LIMITED" },
          ]);
        });
      });
    });

    it.each(stubsThat("showsThinking"))("$name shows its thinking", async (stub) => {
      const { server, ask } = await openScene(
        (await open()).prisma,
        stub,
        [{ thinking: ["Let me ", "see."], text: ["42", "."], usage }],
        { thinking: { budget: 2000 } },
      );
      expect(await ask("Hi")).toMatchObject({
        status: "complete",
        content: "42.",
        thinking: "Let me see.",
      });
      expect(server.complaints).toEqual([]);
    });

    it.each(stubsThat("getsThinkingBack"))("$name gets its thinking back", async (stub) => {
      const calling: ModelAnswer = {
        thinking: ["I need ", "it."],
        toolCalls: [{ id: stub.callId(1), name: "get_weather", input: { city: "Oslo" } }],
        usage,
      };
      const { server, ask } = await openScene((await open()).prisma, stub, [calling, fine, fine], {
        thinking: { budget: 2000 },
      });
      expect(await ask("Weather?")).toMatchObject({ status: "complete", thinking: "I need it." });
      expect(await ask("Sure?")).toMatchObject({ status: "complete" });
      const [proof = "I need it."] = stub.signatures(calling).map((text) => text.split(" ")[0]);
      expect(JSON.stringify(server.requests[1])).toContain(proof);
      expect(server.complaints).toEqual([]);
    });

    it("one chat can go from each provider to any other", async () => {
      const { prisma } = await open();
      let chatId: string | null = null;
      for (const name of [...providerNames, ...providerNames.toReversed()]) {
        const stub = providerStubs[name];
        const server = await startStub(stub, [
          {
            text: [`${name} looks. `],
            toolCalls: [1, 2].map((number) => ({
              id: stub.callId(number),
              name: "get_weather",
              input: { city: name },
            })),
            usage,
          },
          { text: [`${name} has looked.`], usage },
        ]);
        const options = { model: stub.model, tools: [...createCaseTools().tools] };
        const llm = llmOf(stub, server);
        const chat: Chat =
          chatId === null
            ? await createChat(prisma, llm, options)
            : await loadChat(prisma, llm, chatId, options);
        chatId = chat.id;
        expect(await readText(chat.askStream(`Ask ${name}`)), name).toBeDefined();
        expect(server.complaints, name).toEqual([]);
        await server.close();
      }
    });
  },
  ["sqlite"],
);

const newest = async (chat: Chat, count: number) => (await chat.messages()).slice(-count);
