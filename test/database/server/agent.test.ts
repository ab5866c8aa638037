import { Agent, createLLM } from "@node-llm/core";
import { expect, it, onTestFinished, vi } from "vitest";

import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { tool } from "../../support/providers/tool.ts";
import type { AppRouterOptions } from "../../support/servers/create-app-router.ts";
import { createAppRouter } from "../../support/servers/create-app-router.ts";

class SupportAgent extends Agent<{ readonly name: string }> {
  static override model = "support-model";
  static override temperature = 0.2;
  static override params = { seed: 1 };
  static override instructions = ({ name }: Record<string, unknown>) => `You help ${String(name)}.`;
  static override tools = ({ name }: Record<string, unknown>) => [
    tool("look", async () => `seen for ${String(name)}`),
  ];
}

class PlainAgent extends Agent {
  static override model = "plain-model";
}

const look = { toolCall: { id: "c1", name: "look", arguments: {} } };

describeDatabases((_name, open) => {
  const start = async (scripts: Scripts, options: AppRouterOptions) => {
    const { prisma } = await open();
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const { chat } = createAppRouter(prisma, llm, options).createCaller({ userId: "Ada" });
    const ask = async (chatId: string, input: { model?: string } = {}) => {
      const { assistantMessage } = await chat.send({ chatId, content: "Hi", ...input });
      const { id } = assistantMessage;
      await expect
        .poll(() => prisma.llmMessage.findFirst({ where: { id } }))
        .toMatchObject({ turnLock: null, status: "complete" });
    };
    return { prisma, provider, chat, ask };
  };

  it("answers as the agent's class says, with the caller's inputs, whatever is stored", async () => {
    const { prisma, provider, chat, ask } = await start([["Hm. ", look], ["Hello."]], {
      agent: SupportAgent,
      agentInputs: ({ ctx }) => ({ name: ctx.userId }),
      clientInstructions: "append",
      instructions: "The router's.",
      temperature: 0.9,
      params: { top_k: 3 },
      tools: [tool("other", async () => "no")],
    });
    const { id: chatId } = await chat.create({ instructions: "The chat's.", temperature: 1 });
    await prisma.llmChat.updateMany({ data: { model: "old-model" } });
    await ask(chatId);
    for (const request of provider.requests) {
      expect(request).toMatchObject({
        model: "support-model",
        temperature: 0.2,
        seed: 1,
        top_k: 3,
      });
      expect(request.messages[0]).toMatchObject({ role: "system", content: "You help Ada." });
      expect(request.tools?.map((one) => one.function.name)).toEqual(["look", "other"]);
    }
    expect(await prisma.llmToolCall.findMany()).toMatchObject([
      { name: "look", result: "seen for Ada" },
    ]);
    expect(await chat.models()).toMatchObject([{ id: "support-model", isDefault: true }]);
    await expect(chat.send({ chatId, content: "Hi", model: "old-model" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  it("leaves what the class does not say to the chat and the router", async () => {
    const { provider, chat, ask } = await start("Hello.", {
      agent: PlainAgent,
      models: ["plain-model", "other-model"],
      clientInstructions: "append",
      instructions: "The router's.",
      temperature: 0.9,
    });
    const { id: chatId } = await chat.create({});
    await ask(chatId);
    await ask(chatId, { model: "other-model" });
    await chat.update({ chatId, instructions: "The chat's." });
    await ask(chatId);
    expect(
      provider.requests.map(({ model, temperature, messages }) => [
        model,
        temperature,
        messages[0]?.content,
      ]),
    ).toEqual([
      ["plain-model", 0.9, "The router's."],
      ["other-model", 0.9, "The router's."],
      ["plain-model", 0.9, "The router's.\n\nThe chat's."],
    ]);
  });

  it("answers when a handler of the class fails", async () => {
    class LoggingAgent extends PlainAgent {
      static override tools = [tool("look", async () => "a cat")];
      static override onToolStart = async () => Promise.reject(new Error("no log"));
      static override onToolEnd = async () => Promise.reject(new Error("no log"));
      static override onComplete = async () => Promise.reject(new Error("no log"));
    }
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const { chat, ask } = await start([["Hm. ", look], ["Hello."]], { agent: LoggingAgent });
    const { id: chatId } = await chat.create({});
    await ask(chatId);
    expect((await chat.messages({ chatId })).items.at(-1)?.content).toBe("Hm. Hello.");
    expect(warn.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  it("refuses a class that is none of an agent, before anything is answered", async () => {
    await expect(start("Hello.", { agent: Set })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("Set is not a class of NodeLLM's Agent"),
    });
  });
});
