import { afterEach, expect, it } from "vitest";

import type { ChatMessage } from "node-llm-trpc/server";
import { applyEvent } from "../../src/chat/apply-event.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";
import type { DrainProcess } from "../support/processes/start-drain-process.ts";
import { startDrainProcess } from "../support/processes/start-drain-process.ts";

const limitMs = 2_500;

const started: DrainProcess[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.kill();
});

async function start(url: string): Promise<DrainProcess> {
  const server = await startDrainProcess(url, limitMs);
  started.push(server);
  return server;
}

/** Reads an answer over HTTP, as a tab does. */
function read({ client }: DrainProcess, messageId: string) {
  const tab: { message: ChatMessage | null; longest: string; isDone: boolean } = {
    message: null,
    longest: "",
    isDone: false,
  };
  client.chat.stream.subscribe(
    { messageId },
    {
      onData: ({ data }) => {
        if (data.type === "snapshot" || data.type === "done") tab.message = data.message;
        else if (tab.message !== null) tab.message = applyEvent(tab.message, data);
        const content = tab.message?.content ?? "";
        if (content.length > tab.longest.length) tab.longest = content;
        if (data.type === "done") tab.isDone = true;
      },
    },
  );
  return tab;
}

describeDatabases((_name, open) => {
  it("loses nothing on SIGTERM: answers complete in time or are interrupted with their text", async () => {
    const { prisma, url } = await open();
    const server = await start(url);
    const ask = async (content: string) => {
      const { id: chatId } = await server.client.chat.create.mutate({});
      const sent = await server.client.chat.send.mutate({ chatId, content });
      return { chatId, messageId: sent.assistantMessage.id };
    };
    const long = await ask("long");
    const short = await ask("short");
    const { id: idle } = await server.client.chat.create.mutate({});
    const tabs = { long: read(server, long.messageId), short: read(server, short.messageId) };
    const watching = server.client.chat.watch.subscribe({ chatId: idle }, {});
    await expect.poll(() => tabs.short.longest.length).toBeGreaterThan(10);
    expect(tabs.short.isDone).toBe(false);

    const terminatedAt = performance.now();
    server.terminate();
    server.terminate();
    await server.reported("draining");
    const refusal = await failureOf(
      server.client.chat.send.mutate({ chatId: idle, content: "short" }),
    );
    expect(refusal).toMatchObject({
      message: expect.stringContaining("shutting down"),
      data: { code: "SERVICE_UNAVAILABLE", httpStatus: 503 },
    });
    expect(await prisma.llmMessage.count({ where: { chatId: idle } })).toBe(0);
    const { report, aborted } = await server.reported("drained");
    const drainedAfter = performance.now() - terminatedAt;
    expect(report).toEqual({ ended: 1, interrupted: 1, unsettled: 0 });
    expect(aborted).toBe(1);
    expect(drainedAfter).toBeGreaterThan(limitMs - 100);
    await expect.poll(() => tabs.long.isDone && tabs.short.isDone).toBe(true);
    watching.unsubscribe();
    expect(await server.exited).toBe(0);
    expect(performance.now() - terminatedAt).toBeLessThan(limitMs + 5_000);

    const whole = (count: number): string =>
      Array.from({ length: count }, (_, index) => `${index} `).join("");
    expect(tabs.short.message).toMatchObject({ status: "complete", content: whole(50) });
    expect(tabs.long.message).toMatchObject({
      status: "interrupted",
      error: { code: "INTERRUPTED", retryable: true },
    });
    // All that a reader has seen is saved by now.
    expect(tabs.long.message?.content).toBe(tabs.long.longest);
    expect(whole(3_000).startsWith(tabs.long.longest)).toBe(true);
    const row = await prisma.llmMessage.findUnique({ where: { id: long.messageId } });
    expect(row).toMatchObject({
      status: "interrupted",
      turnLock: null,
      content: tabs.long.longest,
    });

    const restarted = await start(url);
    const again = await restarted.client.chat.regenerate.mutate({ messageId: long.messageId });
    expect(again.assistantMessage).toMatchObject({ status: "pending" });
    const next = await restarted.client.chat.send.mutate({ chatId: idle, content: "short" });
    const tab = read(restarted, next.assistantMessage.id);
    await expect.poll(() => tab.message?.status).toBe("complete");
  }, 40_000);
});
