import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

describeDatabases((_name, open) => {
  it("adds up tokens, cost, errors and latency by day, model and chat, in the caller's scope", async () => {
    const { prisma } = await open();
    const server = await startChatServer(
      prisma,
      createLLM({ provider: createScriptedProvider("") }),
    );
    const client = server.client("u1");
    const mine = await client.chat.create.mutate({ title: "Mine" });
    const other = await client.chat.create.mutate({ title: "Other" });
    const theirs = await server.client("u2").chat.create.mutate({});
    const row = (
      chatId: string,
      day: string,
      model: string,
      duration: number,
      cost: number | null,
      statusCode = 200,
    ) => ({
      chatId,
      createdAt: new Date(`2026-01-${day}T23:30:00Z`),
      provider: "p",
      model,
      duration,
      cost,
      statusCode,
      inputTokens: 10,
      outputTokens: 5,
    });
    await prisma.llmRequest.createMany({
      data: [
        ...Array.from({ length: 100 }, (_, index) => row(mine.id, "01", "a", index + 1, 0.01)),
        row(mine.id, "02", "b", 7000, null),
        row(other.id, "02", "b", 9000, null, 500),
        row(other.id, "02", "b", 1, null, 499),
        row(theirs.id, "02", "b", 1, 100),
      ],
    });
    const { groups } = await client.chat.usage.query({ groupBy: "day" });
    expect(groups).toEqual([
      {
        key: "2026-01-01",
        title: null,
        requests: 100,
        errors: 0,
        inputTokens: 1000,
        outputTokens: 500,
        cachedTokens: null,
        cost: expect.closeTo(1),
        p50: 50,
        p95: 95,
      },
      {
        key: "2026-01-02",
        title: null,
        requests: 3,
        errors: 1,
        inputTokens: 30,
        outputTokens: 15,
        cachedTokens: null,
        cost: null,
        p50: 7000,
        p95: 7000,
      },
    ]);
    const models = await client.chat.usage.query({
      groupBy: "model",
      from: "2026-01-02T00:00:00Z",
      to: "2026-01-03T00:00:00Z",
    });
    expect(models.groups).toMatchObject([{ key: "b", requests: 3 }]);
    const chats = await client.chat.usage.query({ groupBy: "chat" });
    expect(chats.groups.map((group) => [group.key, group.title])).toEqual([
      [mine.id, "Mine"],
      [other.id, "Other"],
    ]);
    await expect(
      client.chat.usage.query({ groupBy: "day", from: "yesterday" }),
    ).rejects.toMatchObject({
      data: { code: "BAD_REQUEST" },
      message: expect.stringContaining("ISO 8601"),
    });
  });
});
