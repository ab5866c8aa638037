import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";

function raise(error: Error): never {
  throw error;
}

describeDatabases((_name, open) => {
  it("gives the platform a promise for each answer that resolves once the answer is saved, however it ends", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      ["Half", { hold: true }, " and half"],
      ["Half", { error: new Error("The provider failed") }],
      ["Half", { hold: true }],
    ]);
    const answers: Promise<void>[] = [];
    const server = await startChatServer(prisma, createLLM({ provider }), {
      background: (answer) => answers.push(answer),
      onError: () => undefined,
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const ask = async () => {
      const sent = await client.chat.send.mutate({ chatId, content: "Hi" });
      const answer = answers.at(-1);
      if (answer === undefined) throw new Error("No promise was given.");
      return { messageId: sent.assistantMessage.id, answer };
    };
    const rowOf = (id: string) => prisma.llmMessage.findUnique({ where: { id } });

    const complete = await ask();
    await provider.waitForHold();
    let isSettled = false;
    void complete.answer.then(() => (isSettled = true));
    expect(await rowOf(complete.messageId)).toMatchObject({ turnLock: chatId });
    expect(isSettled).toBe(false);
    provider.release();
    await complete.answer;
    const saved = { status: "complete", content: "Half and half", turnLock: null };
    expect(await rowOf(complete.messageId)).toMatchObject(saved);

    const failed = await ask();
    await failed.answer;
    expect(await rowOf(failed.messageId)).toMatchObject({ status: "failed", turnLock: null });

    const stopped = await ask();
    await provider.waitForHold();
    await client.chat.stop.mutate({ messageId: stopped.messageId });
    await stopped.answer;
    expect(await rowOf(stopped.messageId)).toMatchObject({ status: "stopped", turnLock: null });
    expect(answers).toHaveLength(3);
  });

  const error = new Error("`after` was called outside of a request");
  it.each([
    ["throws", () => raise(error)],
    ["rejects", () => Promise.reject(error)],
  ])("answers even if the platform's function %s, and reports that", async (_how, background) => {
    const { prisma } = await open();
    const failures: unknown[] = [];
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const server = await startChatServer(prisma, llm, {
      background,
      onError: (failure) => failures.push(failure),
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Hi" });
    const messageId = assistantMessage.id;
    const events = await readStream(client, { messageId });
    expect(events.at(-1)?.event).toMatchObject({ message: { content: "Fine." } });
    expect(failures).toEqual([{ task: "background", error, chatId, messageId }]);
  });
});
