import { randomUUID } from "node:crypto";

import { afterEach, expect, it } from "vitest";

import { createAppClient } from "../support/clients/create-app-client.ts";
import { describeMigrated } from "../support/databases/describe-databases.ts";
import { ServerProcess } from "../support/kill/server/server-process.ts";
import type { OpenAIServer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";

const processes: ServerProcess[] = [];
const providers: OpenAIServer[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
  for (const provider of providers.splice(0)) await provider.close();
});

/** Two processes that share only the database. Their provider waits until the test releases it. */
describeMigrated((name, open) => {
  const start = async () => {
    const database = await open();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* answer(): AsyncGenerator<string, void> {
      yield "Once";
      await held;
      yield ".";
    }
    const provider = await startOpenAIServer(() => ({ pieces: answer() }));
    providers.push(provider);
    processes.push(new ServerProcess(), new ServerProcess());
    for (const one of processes)
      await one.open({ name, url: database.url, redisUrl: null }, provider.baseUrl);
    const clients = processes.map(({ url }) => createAppClient(url, "u1").chat);
    const chat = await clients[0]?.create.mutate({});
    if (chat === undefined) throw new Error("No process was started.");
    return { prisma: database.prisma, provider, clients, chatId: chat.id, release };
  };

  it("the same question, sent ten times at once to two processes, calls the provider once", async () => {
    const { prisma, provider, clients, chatId, release } = await start();
    const input = { chatId, content: "Hi", id: randomUUID() };
    const sending = Array.from({ length: 5 }, () =>
      clients.map((client) => client.send.mutate(input)),
    ).flat();
    const sent = await Promise.all(sending);
    expect(new Set(sent.map(({ userMessage }) => userMessage.id))).toEqual(new Set([input.id]));
    const ids = new Set(sent.map(({ assistantMessage }) => assistantMessage.id));
    expect(ids.size).toBe(1);
    release();
    const ended = { status: "complete", content: "Once." };
    const [messageId = ""] = ids;
    await expect
      .poll(() => prisma.llmMessage.findUnique({ where: { id: messageId } }))
      .toMatchObject(ended);
    const late = await Promise.all(clients.map((client) => client.send.mutate(input)));
    for (const { assistantMessage } of late)
      expect(assistantMessage).toMatchObject({ id: messageId, ...ended });
    expect(provider.requests).toHaveLength(1);
    expect(await prisma.llmMessage.count()).toBe(2);
    expect(await prisma.llmRequest.count()).toBe(1);
  });

  it("of two questions sent at once to two processes, one is refused and nothing is written for it", async () => {
    const { prisma, provider, clients, chatId, release } = await start();
    const inputs = clients.map((_, index) => ({
      chatId,
      content: `Question ${index}`,
      id: randomUUID(),
    }));
    const results = await Promise.allSettled(
      clients.map((client, index) => client.send.mutate(inputs[index] ?? { chatId, content: "" })),
    );
    const taken = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value] : [],
    );
    const refused = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason as unknown] : [],
    );
    expect(taken).toHaveLength(1);
    expect(refused).toMatchObject([{ data: { code: "CONFLICT" } }]);
    release();
    const [winner] = taken;
    expect(await prisma.llmMessage.findMany({ select: { id: true } })).toEqual(
      expect.arrayContaining([{ id: winner?.userMessage.id }, { id: winner?.assistantMessage.id }]),
    );
    expect(await prisma.llmMessage.count()).toBe(2);
    await expect.poll(() => prisma.llmMessage.count({ where: { status: "complete" } })).toBe(2);
    expect(provider.requests).toHaveLength(1);
  });
});
