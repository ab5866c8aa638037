import { createLLM } from "@node-llm/core";
import { TRPCError } from "@trpc/server";
import { expect, it } from "vitest";
import type { AnswerOf } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";
import { endOfStream, toolCallStep } from "../../../support/servers/start-approval-scene.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

type Asked = AnswerOf<{ userId: string }>;

const llm = createLLM({ provider: createScriptedProvider("Nobody asks me.") });

describeDatabases((_name, open) => {
  it("asks for the LLM, the models, the instructions and the limits of each answer once", async () => {
    const { prisma } = await open();
    const asked: string[] = [];
    const note = (option: string, { ctx, chat }: Asked): void =>
      void asked.push(`${option} ${ctx.userId} ${chat.id}`);
    const providers = new Map(
      ["u1", "u2"].map((user) => [user, createScriptedProvider(`For ${user}.`)]),
    );
    const options: AppRouterOptions = {
      llm: async (answer) => {
        note("llm", answer);
        return createLLM({ provider: providers.get(answer.ctx.userId) ?? "none" });
      },
      models: ({ ctx }) => (ctx.userId === "u1" ? ["large", "small"] : ["small"]),
      instructions: (answer) => {
        note("instructions", answer);
        return `You help ${answer.ctx.userId}.`;
      },
      context: async (answer) => {
        note("context", answer);
        return { maxMessages: 1 };
      },
      fallback: (answer) => {
        note("fallback", answer);
        return answer.ctx.userId === "u1" ? ["small"] : undefined;
      },
      titles: (answer) => {
        note("titles", answer);
        return false;
      },
    };
    const server = await startChatServer(prisma, llm, options);
    for (const user of ["u1", "u2"]) {
      const { chat } = server.client(user);
      const { id: chatId, model } = await chat.create.mutate({});
      expect(model).toBe(user === "u1" ? "large" : "small");
      expect((await chat.models.query()).map(({ id }) => id)).toEqual(
        user === "u1" ? ["large", "small"] : ["small"],
      );
      for (const content of ["One", "Two"]) {
        const sent = await chat.send.mutate({ chatId, content });
        const events = await readStream(server.client(user), {
          messageId: sent.assistantMessage.id,
        });
        expect(endOfStream(events)?.content).toBe(`For ${user}.`);
      }
      expect(asked.toSorted()).toEqual(
        ["context", "fallback", "instructions", "llm", "titles"].flatMap((option) => {
          const once = `${option} ${user} ${chatId}`;
          return [once, once];
        }),
      );
      asked.length = 0;
      // The system prompt and the newest question.
      expect(providers.get(user)?.requests[1]?.messages).toMatchObject([
        { content: `You help ${user}.` },
        { content: "Two" },
      ]);
      const refused = chat.send.mutate({ chatId, content: "Three", model: "huge" });
      expect(await failureOf(refused)).toMatchObject({ data: { code: "BAD_REQUEST" } });
    }
  });

  it("writes nothing when one of them throws, and shows only what is meant for the client", async () => {
    const { prisma } = await open();
    let error: Error | null = null;
    const raise = (): undefined => {
      if (error !== null) throw error;
    };
    const forms: readonly AppRouterOptions[] = [
      { llm: () => raise() ?? llm, models: ["m"] },
      { models: () => raise() ?? ["m"] },
      { instructions: raise },
      { fallback: raise },
      { context: raise },
      { titles: raise },
      { tools: () => raise() ?? [] },
    ];
    for (const options of forms) {
      error = null;
      const { chat } = (await startChatServer(prisma, llm, options)).client("u1");
      const { id: chatId } = await chat.create.mutate({});
      const send = () => failureOf(chat.send.mutate({ chatId, content: "Go" }));
      error = new TRPCError({ code: "FORBIDDEN", message: "Add your key first." });
      expect(await send()).toMatchObject({
        message: "Add your key first.",
        data: { code: "FORBIDDEN" },
      });
      error = new Error("secret at 10.0.0.7");
      const hidden = await send();
      expect(hidden).toMatchObject({ data: { code: "INTERNAL_SERVER_ERROR" } });
      expect(String(hidden)).not.toContain("10.0.0.7");
    }
    expect(await prisma.llmMessage.count()).toBe(0);
  });

  it("asks again for who continues an answer after an approval", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([[toolCallStep("c1", "pay")], ["Paid."]]);
    const asked: string[] = [];
    const server = await startChatServer(prisma, llm, {
      llm: async () => {
        asked.push("llm");
        return createLLM({ provider });
      },
      models: ["m"],
      tools: () => [tool("pay", async () => "paid")],
      instructions: () => `Asked ${asked.length} times.`,
      needsApproval: ["pay"],
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId, content: "Pay" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(client, { messageId });
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    expect(endOfStream(await readStream(client, { messageId }))?.content).toBe("Paid.");
    expect(asked).toEqual(["llm", "llm"]);
    expect(provider.requests.map(({ messages }) => messages[0]?.content)).toEqual([
      "Asked 1 times.",
      "Asked 2 times.",
    ]);
  });

  it("needs the names of the models when each answer has its own LLM", async () => {
    const { prisma } = await open();
    expect(() => createAppRouter(prisma, llm, { llm: () => llm })).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: expect.stringContaining("`models`"),
      }),
    );
    const { chat } = (await startChatServer(prisma, llm, { models: () => [] })).client("u1");
    expect(await failureOf(chat.create.mutate({}))).toMatchObject({
      data: { code: "INTERNAL_SERVER_ERROR" },
    });
  });
});
