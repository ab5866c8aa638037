import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { toolCallStep } from "../../../support/servers/start-approval-scene.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { tool } from "../../../support/providers/tool.ts";

type Client = ReturnType<Awaited<ReturnType<typeof startChatServer>>["client"]>;

/** A chat that its owner loses. */
interface Scene {
  readonly chatId: string;
  /** The question, its answer, and the answer in progress if there is one. */
  readonly questionId: string;
  readonly answerId: string;
  readonly runningId: string;
}

/** How a chat leaves the scope of its owner. The new owner is `to`. */
const losses: Readonly<
  Record<string, (prisma: PrismaClient, chatId: string, to: string) => Promise<unknown>>
> = {
  "given away by the app": (prisma, id, to) =>
    prisma.llmChat.update({ where: { id }, data: { userId: to } }),
  // Nothing else of the row changes, so nothing of its state does.
  "given away in SQL": (prisma, id, to) =>
    prisma.$executeRaw`UPDATE "LlmChat" SET "userId"=${to} WHERE "id"=${id}`,
};

/** What the new owner does next. */
const deeds: Readonly<Record<string, (owner: Client, scene: Scene) => Promise<unknown>>> = {
  "does nothing": () => Promise.resolve(),
  renames: (owner, { chatId }) => owner.chat.update.mutate({ chatId, title: "Theirs" }),
  sends: async (owner, { chatId, runningId }) => {
    if (runningId !== "") await owner.chat.stop.mutate({ messageId: runningId });
    await owner.chat.send.mutate({ chatId, content: "Their question" });
  },
  regenerates: async (owner, { answerId, runningId }) => {
    if (runningId !== "") await owner.chat.stop.mutate({ messageId: runningId });
    await owner.chat.regenerate.mutate({ messageId: answerId });
  },
  stops: (owner, { runningId, answerId }) =>
    owner.chat.stop.mutate({ messageId: runningId === "" ? answerId : runningId }),
  deletes: (owner, { chatId }) => owner.chat.delete.mutate({ chatId }),
  "renames and deletes": async (owner, { chatId }) => {
    await owner.chat.update.mutate({ chatId, title: "Theirs" });
    await owner.chat.delete.mutate({ chatId });
  },
};

/** A subscription of the former owner: what it was told, and how it ended. */
interface Reading {
  readonly name: string;
  readonly told: unknown[];
  end: string;
}

/** Many answers at once. */
const slowly = { timeout: 40_000 };

describeDatabases((_name, open) => {
  it("a former owner is told nothing of what the new one does, and every subscription ends", async () => {
    const database = await open();
    const { prisma } = database;
    const provider = createScriptedProvider((request) =>
      JSON.stringify(request.messages.at(-1)?.content).includes("Count")
        ? ["One", { hold: true }, " two"]
        : ["Fine."],
    );
    const llm = createLLM({ provider });
    const limits = { openSubscriptions: "unlimited", answersAtOnce: "unlimited" } as const;
    // The new owner is on the first instance, and the former one reads on both.
    const servers = [
      await startChatServer(prisma, llm, { limits }),
      await startChatServer(database.connect(), llm, { limits }),
    ];
    const [here] = servers;
    if (here === undefined) throw new Error("No instance was started.");

    const cases = Object.entries(losses).flatMap(([loss, lose]) =>
      Object.entries(deeds).flatMap(([deed, act]) =>
        (["stream", "watch"] as const).map((kind) => ({ kind, loss, lose, deed, act })),
      ),
    );
    const running: string[] = [];
    const results = await Promise.all(
      cases.map(async ({ kind, loss, lose, deed, act }) => {
        const [from, to] = [`from ${randomUUID()}`, `to ${randomUUID()}`];
        const former = here.client(from);
        const { id: chatId } = await former.chat.create.mutate({ title: "Mine" });
        const first = await former.chat.send.mutate({ chatId, content: "Hi" });
        await readStream(former, { messageId: first.assistantMessage.id });
        const scene: Scene = {
          chatId,
          questionId: first.userMessage.id,
          answerId: first.assistantMessage.id,
          runningId:
            kind === "watch"
              ? ""
              : (await former.chat.send.mutate({ chatId, content: "Count" })).assistantMessage.id,
        };
        if (scene.runningId !== "") running.push(scene.runningId);
        const readings = servers.map((server, index): Reading => {
          const name = `${kind} on instance ${index}, ${loss}, the new owner ${deed}`;
          const reading: Reading = { name, told: [], end: "open" };
          const listener = {
            onData: ({ data }: { readonly data: unknown }) => void reading.told.push(data),
            onComplete: () => (reading.end = "complete"),
            onError: (error: unknown) => (reading.end = String(error)),
          };
          const client = server.client(from);
          if (kind === "watch") client.chat.watch.subscribe({ chatId }, listener);
          else client.chat.stream.subscribe({ messageId: scene.runningId }, listener);
          return reading;
        });
        const isTold = ({ told }: Reading): boolean =>
          kind === "watch" ? told.length === 1 : JSON.stringify(told).includes("One");
        await expect.poll(() => readings.every(isTold), slowly).toBe(true);
        const before = readings.map(({ told }) => told.length);
        await lose(prisma, chatId, to);
        await act(here.client(to), scene);
        for (const reading of readings)
          await expect.poll(() => reading.end, slowly).not.toBe("open");
        return readings.map(({ name, told, end }, index) => ({
          name,
          told: told.slice(before[index]),
          end,
        }));
      }),
    );
    provider.release(running.length);
    for (const { name, told, end } of results.flat()) {
      expect(told, name).toEqual([]);
      expect(end, name).toMatch(/There is no such (chat|message)/);
    }
    // Nothing may write to a database that is removed.
    const locked = { where: { turnLock: { not: null } } };
    await expect.poll(() => prisma.llmMessage.count(locked)).toBe(0);
  }, 120_000);

  it("a former owner is not told how the new one decides about a tool call", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([[toolCallStep("call", "remove")], ["Done."]]);
    const server = await startChatServer(prisma, createLLM({ provider }), {
      tools: [tool("remove", () => Promise.resolve("removed"))],
      needsApproval: ["remove"],
    });
    const [former, owner] = [server.client("u1"), server.client("u2")];
    const { id: chatId } = await former.chat.create.mutate({});
    const sent = await former.chat.send.mutate({ chatId, content: "Remove it" });
    const { id: messageId } = sent.assistantMessage;
    await readStream(former, { messageId });
    const reading: Reading = { name: "watch", told: [], end: "open" };
    former.chat.watch.subscribe(
      { chatId },
      {
        onData: ({ data }) => void reading.told.push(data),
        onError: (error) => (reading.end = String(error)),
      },
    );
    await expect.poll(() => reading.told).toHaveLength(1);
    await prisma.$executeRaw`UPDATE "LlmChat" SET "userId"='u2' WHERE "id"=${chatId}`;
    await owner.chat.respondToTool.mutate({ messageId, toolCallId: "call", approved: true });
    await readStream(owner, { messageId });
    await expect.poll(() => reading.end).toMatch(/There is no such chat/);
    expect(reading.told).toHaveLength(1);
    expect((await former.chat.list.query({})).items).toEqual([]);
  });

  it("tells the user who deletes a chat in every tab, and others of the same scope", async () => {
    const database = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const servers = [
      await startChatServer(database.prisma, llm),
      await startChatServer(database.connect(), llm),
    ];
    const [one] = servers;
    if (one === undefined) throw new Error("No instance was started.");
    const { id: chatId } = await one.client("u1").chat.create.mutate({});
    const tabs = servers.map((server) => {
      const told: string[] = [];
      server
        .client("u1")
        .chat.watch.subscribe({ chatId }, { onData: ({ data }) => void told.push(data.type) });
      return told;
    });
    for (const told of tabs) await expect.poll(() => told).toEqual(["state"]);
    await one.client("u1").chat.delete.mutate({ chatId });
    for (const told of tabs) await expect.poll(() => told).toEqual(["state", "chatDeleted"]);
  });
});
