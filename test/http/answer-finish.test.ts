import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";
import { z as zod4 } from "zod";
import { z as zod3 } from "zod/v3";

import type { AnswerFailure, AnswerFinish, ChatEvent, Metadata } from "node-llm-trpc/server";
import { createDrain, defineTool } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { endLease } from "../support/databases/end-lease.ts";
import { takeOver } from "../support/databases/take-over.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";
import { failureOf } from "../support/failure-of.ts";
import { startDrainProcess } from "../support/processes/start-drain-process.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

type Finish = AnswerFinish<{ userId: string }>;

const killed: (() => void)[] = [];
afterEach(() => {
  for (const kill of killed.splice(0)) kill();
  vi.restoreAllMocks();
});

describeDatabases((_name, open) => {
  async function start(
    scripts: readonly (readonly ScriptStep[])[],
    options: AppRouterOptions & {
      readonly finish?: (finish: Finish) => { metadata: Metadata } | void | Promise<void>;
    } = {},
    database?: TestDatabase,
  ) {
    const { finish, ...rest } = options;
    const used = database ?? (await open());
    const finishes: Finish[] = [];
    const provider = createScriptedProvider(scripts);
    const settings: AppRouterOptions = {
      onFinish: (given) => {
        finishes.push(given);
        return finish?.(given);
      },
      ...rest,
    };
    const llm = createLLM({ provider });
    const one = (await startChatServer(used.prisma, llm, settings)).client("u1");
    const two = (await startChatServer(used.connect(), llm, settings)).client("u1");
    const { id: chatId } = await one.chat.create.mutate({});
    const send = async (content = "Go"): Promise<string> =>
      (await one.chat.send.mutate({ chatId, content })).assistantMessage.id;
    const end = async (messageId: string, client = one) =>
      endOfStream(await readStream(client, { messageId }));
    const newest = async () => (await two.chat.messages.query({ chatId })).items.at(-1);
    return { ...used, provider, finishes, one, two, chatId, send, end, newest };
  }

  it("calls onFinish once before readers see the end, and stores the metadata that it returns", async () => {
    const scene = await start([["Hi"]], {
      finish: ({ message }) => ({ metadata: { length: message.content.length } }),
    });
    const messageId = await scene.send();
    const ended = await scene.end(messageId);
    expect(ended).toMatchObject({ status: "complete", metadata: { length: 2 } });
    expect(await scene.newest()).toEqual(ended);
    expect(await scene.end(messageId, scene.two)).toEqual(ended);
    expect(scene.finishes).toHaveLength(1);
    expect(scene.finishes[0]).toMatchObject({
      ctx: { userId: "u1" },
      chat: { id: scene.chatId, title: "Go" },
      message: { id: messageId, status: "complete", content: "Hi", metadata: null },
      usage: ended?.usage,
    });
    const where = { finishDueAt: { not: null } };
    expect(await scene.prisma.llmMessage.count({ where })).toBe(0);
  });

  it("calls it for a failed answer, for one with nothing in it, and not while an answer waits", async () => {
    const ask = defineTool({
      name: "ask",
      description: "Asks",
      inputSchema: zod4.object({}),
    });
    const scene = await start(
      [
        ["Some ", { error: new Error("no more") }],
        [{ error: new Error("nothing") }],
        [{ toolCall: { id: "c1", name: "ask", arguments: {} } }],
      ],
      { tools: [ask], onError: () => undefined },
    );
    const failed = await scene.send();
    await scene.end(failed);
    const empty = await scene.send("Again");
    await expect.poll(() => scene.finishes.length).toBe(2);
    const waiting = await scene.send("And again");
    expect(await scene.end(waiting)).toMatchObject({ status: "awaiting_output" });
    expect(scene.finishes).toHaveLength(2);
    // The other instance has no context of the answer, but that of who stops it.
    expect(await scene.two.chat.stop.mutate({ messageId: waiting })).toEqual({ stopped: true });
    await expect.poll(() => scene.finishes.length).toBe(3);
    expect(scene.finishes.map(({ message, ctx }) => [message.id, message.status, ctx])).toEqual([
      [failed, "failed", { userId: "u1" }],
      [empty, "failed", { userId: "u1" }],
      [waiting, "stopped", { userId: "u1" }],
    ]);
  });

  it("keeps the answer when onFinish throws, or returns what the schema refuses", async () => {
    const failures: AnswerFailure[] = [];
    const scene = await start([["One"], ["Two"]], {
      metadata: zod4.object({ stars: zod4.number() }),
      onError: (failure) => failures.push(failure),
      finish: ({ message }) => {
        if (message.content === "One") throw new Error("mine");
        return { metadata: { stars: "many" } };
      },
    });
    const first = await scene.send();
    expect(await scene.end(first)).toMatchObject({ status: "complete", metadata: null });
    const second = await scene.send("Next");
    expect(await scene.end(second)).toMatchObject({ status: "complete", metadata: null });
    expect(failures).toMatchObject([
      { task: "finish", messageId: first, error: { message: "mine" } },
      { task: "finish", messageId: second, error: { code: "BAD_REQUEST" } },
    ]);
    expect(scene.finishes).toHaveLength(2);
  });

  it("lets readers have the answer when onFinish takes long, and a drain waits for it", async () => {
    let release = (): void => undefined;
    const drain = createDrain();
    const scene = await start([["Hi"]], {
      drain,
      onFinish: () =>
        new Promise((resolve) => {
          release = () => resolve({ metadata: { late: true } });
        }),
    });
    const messageId = await scene.send();
    expect(await scene.end(messageId)).toMatchObject({ status: "complete", metadata: null });
    const drained = drain.start({ timeout: 20_000 });
    release();
    await drained;
    expect(await scene.newest()).toMatchObject({ id: messageId, metadata: { late: true } });
  }, 20_000);

  it("lets readers on another instance and pages that load wait for the metadata, too", async () => {
    let release = (): void => undefined;
    const scene = await start([["Hi", { hold: true }]], {
      onFinish: () =>
        new Promise((resolve) => {
          release = () => resolve({ metadata: { told: true } });
        }),
    });
    const messageId = await scene.send();
    const where = { id: messageId };
    // What the other instance knows of the answer depends on when it is first asked.
    await expect
      .poll(async () => (await scene.prisma.llmMessageChunk.findFirst())?.text)
      .toBe("Hi");
    const events: ChatEvent[] = [];
    const remote = readStream(scene.two, { messageId }, (event) => events.push(event) < 0);
    await expect.poll(() => events.length).toBeGreaterThan(0);
    scene.provider.release();
    await expect
      .poll(async () => (await scene.prisma.llmMessage.findUnique({ where }))?.status)
      .toBe("complete");
    const shown = { status: "streaming", finishedAt: null, finishReason: null, error: null };
    expect(await scene.newest()).toMatchObject(shown);
    // A page that opens the stream closes it as soon as it gets a message that has ended.
    const seen: ChatEvent[] = [];
    const late = readStream(scene.two, { messageId }, (event) => {
      if (seen.push(event) === 1) release();
      return false;
    });
    const ended = { id: messageId, status: "complete", metadata: { told: true } };
    expect(endOfStream(await remote)).toMatchObject(ended);
    expect(endOfStream(await late)).toMatchObject(ended);
    expect(seen[0]).toMatchObject({ type: "snapshot", message: { id: messageId, ...shown } });
    expect(await scene.newest()).toMatchObject(ended);
  });

  it("shows no end before it is told: of an object, and to a repetition of its question", async () => {
    let release = (): void => undefined;
    const scene = await start([['{"tags":"a b"}']], {
      schema: zod4.object({ tags: zod4.string().transform((tags) => tags.split(" ")) }),
      onFinish: () =>
        new Promise((resolve) => {
          release = () => resolve({ metadata: { told: true } });
        }),
    });
    const repeated = { chatId: scene.chatId, content: "Go", id: randomUUID() };
    const messageId = (await scene.one.chat.send.mutate(repeated)).assistantMessage.id;
    const where = { id: messageId };
    await expect
      .poll(async () => (await scene.prisma.llmMessage.findUnique({ where }))?.status)
      .toBe("complete");
    const shown = { status: "streaming", metadata: null, object: { tags: ["a", "b"] } };
    expect((await scene.two.chat.send.mutate(repeated)).assistantMessage).toMatchObject(shown);
    const events = await readStream(scene.two, { messageId }, (event) => {
      release();
      return event.type === "done";
    });
    expect(events[0]?.event).toMatchObject({ type: "snapshot", message: shown });
    const ended = { status: "complete", metadata: { told: true }, object: { tags: ["a", "b"] } };
    expect(endOfStream(events)).toMatchObject(ended);
    expect((await scene.two.chat.send.mutate(repeated)).assistantMessage).toMatchObject(ended);
  });

  it("takes no end back that readers have seen: of a waiting answer that was stopped, and of a lost one", async () => {
    let release = (): void => undefined;
    const ask = defineTool({ name: "ask", description: "Asks", inputSchema: zod4.object({}) });
    const scene = await start(
      [[{ toolCall: { id: "c1", name: "ask", arguments: {} } }], ["Some", { hold: true }]],
      {
        tools: [ask],
        onError: () => undefined,
        onFinish: ({ message }: Finish) =>
          new Promise((resolve) => {
            release = () => resolve({ metadata: { ended: message.status } });
          }),
      },
    );
    /** What readers get before and after `onFinish` has returned. */
    const read = async (): Promise<unknown[]> => {
      const before = [await scene.newest(), await scene.newest()];
      release();
      await expect.poll(async () => (await scene.newest())?.metadata).not.toBeNull();
      return [...before, await scene.newest()].map((one) => [one?.status, one?.metadata]);
    };
    const waiting = await scene.send();
    await scene.end(waiting);
    await scene.two.chat.stop.mutate({ messageId: waiting });
    const held = ["streaming", null];
    expect(await read()).toEqual([held, held, ["stopped", { ended: "stopped" }]]);

    release = () => undefined;
    await scene.send("Again");
    await scene.provider.waitForHold();
    await takeOver(scene.prisma);
    expect((await scene.newest())?.status).toBe("streaming");
    const called = release;
    await expect.poll(() => release === called).toBe(true);
    expect(await read()).toEqual([held, held, ["interrupted", { ended: "interrupted" }]]);
    scene.provider.release();
  });

  it("is called for no end that could not be saved, and for the one that is", async () => {
    const database = await open();
    let isBroken = false;
    const broken = watchStatements(database, (statement) => {
      if (isBroken && /^(UPDATE|DELETE)\b.*LlmMessage\W/.test(statement))
        throw new Error("read-only");
    });
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    const scene = await start(
      [["Some", { hold: true }, " more"]],
      { onError: () => undefined },
      { ...database, prisma: broken.prisma },
    );
    const messageId = await scene.send();
    await scene.provider.waitForHold();
    isBroken = true;
    scene.provider.release();
    await scene.end(messageId);
    expect(warned.mock.lastCall?.[0]).toContain("will be recovered later");
    expect(scene.finishes).toEqual([]);
    isBroken = false;
    await takeOver(database.prisma);
    await expect.poll(async () => (await scene.newest())?.status).toBe("interrupted");
    expect(scene.finishes).toMatchObject([{ message: { id: messageId, status: "interrupted" } }]);
    await broken.close();
  }, 30_000);

  it("is called when nothing but the stream of the answer is read", async () => {
    const scene = await start([["Hi"]]);
    const messageId = await scene.send();
    await scene.end(messageId);
    const data = { finishDueAt: new Date(0), finishedAt: new Date(0) };
    await scene.prisma.llmMessage.update({ where: { id: messageId }, data });
    expect(await scene.end(messageId, scene.two)).toMatchObject({ status: "complete" });
    await expect.poll(() => scene.finishes.length).toBe(2);
  });

  it("counts an interrupted answer as saved, whose app does not return", async () => {
    const drain = createDrain();
    const scene = await start([["Some", { hold: true }]], {
      drain,
      onFinish: () => new Promise<never>(() => undefined),
    });
    await scene.send();
    await scene.provider.waitForHold();
    expect(await drain.start({ timeout: 0 })).toEqual({ ended: 0, interrupted: 1, unsettled: 0 });
  }, 20_000);

  it("calls it in another process, once, when the process of the answer was killed", async () => {
    const database = await open();
    const process = await startDrainProcess(database.url, 0);
    killed.push(() => process.kill());
    const { id: chatId } = await process.client.chat.create.mutate({});
    const sent = await process.client.chat.send.mutate({ chatId, content: "long" });
    const { id } = sent.assistantMessage;
    await expect
      .poll(() => database.prisma.llmMessageChunk.count({ where: { messageId: id } }))
      .toBeGreaterThan(0);
    process.kill();
    await process.exited;
    await endLease(database.prisma, id);

    const scene = await start(
      [],
      {
        scope: "everyone",
        finish: ({ message }) => ({ metadata: { ended: message.status } }),
      },
      database,
    );
    const read = async (client = scene.one) =>
      (await client.chat.messages.query({ chatId })).items.at(-1);
    await expect
      .poll(async () => (await Promise.all([read(), read(scene.two)]))[0]?.metadata)
      .toEqual({ ended: "interrupted" });
    expect(scene.finishes).toMatchObject([
      { ctx: null, chat: { id: chatId }, message: { id, status: "interrupted" } },
    ]);
  }, 30_000);

  it("calls it in another process when the first one was killed while it ran", async () => {
    const database = await open();
    const process = await startDrainProcess(database.url, 0);
    killed.push(() => process.kill());
    const { id: chatId } = await process.client.chat.create.mutate({});
    const { assistantMessage } = await process.client.chat.send.mutate({ chatId, content: "hang" });
    const { id } = assistantMessage;
    const where = { id };
    await expect
      .poll(async () => (await database.prisma.llmMessage.findUnique({ where }))?.status)
      .toBe("complete");
    process.kill();
    await process.exited;

    const scene = await start(
      [],
      { scope: "everyone", finish: () => ({ metadata: { told: true } }) },
      database,
    );
    const read = async () => (await scene.one.chat.messages.query({ chatId })).items.at(-1);
    await read();
    expect(scene.finishes).toEqual([]);
    // The time that the killed process had is over.
    await database.prisma.llmMessage.update({ where, data: { finishDueAt: new Date(0) } });
    await expect.poll(async () => (await read())?.metadata).toEqual({ told: true });
    expect(scene.finishes).toMatchObject([{ message: { id, status: "complete" } }]);
  }, 30_000);

  it("calls it again when the process died while it ran, once its time is over", async () => {
    const scene = await start([["Hi"]], { finish: () => ({ metadata: { told: true } }) });
    const messageId = await scene.send();
    await scene.end(messageId);
    const set = async (finishDueAt: Date): Promise<void> => {
      const data = { metadata: null, finishDueAt };
      await scene.prisma.llmMessage.update({ where: { id: messageId }, data });
    };
    await set(new Date(Date.now() + 30_000));
    await Promise.all([scene.newest(), scene.newest()]);
    expect(scene.finishes).toHaveLength(1);
    await set(new Date(Date.now() - 1));
    await Promise.all(
      [scene.one, scene.two, scene.one].map((client) =>
        client.chat.messages.query({ chatId: scene.chatId }),
      ),
    );
    await expect.poll(async () => (await scene.newest())?.metadata).toEqual({ told: true });
    expect(scene.finishes).toHaveLength(2);
  });

  for (const [library, metadata] of [
    ["zod 4", zod4.object({ folder: zod4.string().max(10).trim() })],
    ["zod 3", zod3.object({ folder: zod3.string().max(10).trim() })],
  ] as const) {
    it(`stores what the schema makes of metadata, and nothing that it refuses (${library})`, async () => {
      const { one, two, prisma, end } = await start([["Hi"]], { metadata });
      const given = { folder: " Work ", extra: 1 };
      const stored = { folder: "Work" };
      const chat = await one.chat.create.mutate({ metadata: given });
      expect(chat.metadata).toEqual(stored);
      const chatId = chat.id;
      const changed = await one.chat.update.mutate({ chatId, metadata: { folder: "Home" } });
      expect(changed.metadata).toEqual({ folder: "Home" });
      const sent = await one.chat.send.mutate({ chatId, content: "Go", metadata: given });
      expect(sent.userMessage.metadata).toEqual(stored);
      expect(sent.assistantMessage.metadata).toBeNull();
      await end(sent.assistantMessage.id);
      const [question] = (await two.chat.messages.query({ chatId })).items;
      expect(question?.metadata).toEqual(stored);
      expect((await two.chat.get.query({ chatId })).metadata).toEqual({ folder: "Home" });

      const counts = async () => [await prisma.llmChat.count(), await prisma.llmMessage.count()];
      const before = await counts();
      const liars: unknown[] = [{}, { folder: 1 }, { folder: "x".repeat(11) }, [], null, "text", 1];
      for (const lie of liars) {
        // What a liar sends has no type.
        const bad = lie as Metadata;
        const refused = [
          one.chat.create.mutate({ metadata: bad }),
          one.chat.update.mutate({ chatId, title: "Changed", metadata: bad }),
          one.chat.send.mutate({ chatId, content: "Go", metadata: bad }),
          one.chat.send.mutate({ newChat: { metadata: bad }, content: "Go" }),
        ];
        const failures = await Promise.all(refused.map(failureOf));
        for (const failure of failures)
          expect(failure).toMatchObject({ data: { code: "BAD_REQUEST" } });
      }
      expect(await counts()).toEqual(before);
      expect((await one.chat.get.query({ chatId })).title).not.toBe("Changed");
    });
  }

  it("bounds metadata without a schema", async () => {
    const { one, chatId, prisma, end } = await start([["Hi"]]);
    const metadata = { any: [{ thing: null }, "\uD800"], text: "x".repeat(1_000) };
    const sent = await one.chat.send.mutate({ chatId, content: "Go", metadata });
    expect(sent.userMessage.metadata).toEqual({ ...metadata, any: [{ thing: null }, "\uFFFD"] });
    await end(sent.assistantMessage.id);
    const before = await prisma.llmMessage.count();
    let deep: Metadata = {};
    for (let level = 0; level < 30; level++) deep = { deep };
    const liars: Metadata[] = [
      { text: "x".repeat(20_001) },
      { list: Array.from({ length: 30_000 }, () => 0) },
      { "a\0": 1 },
      deep,
      JSON.parse('{"__proto__":{"a":1}}') as Metadata,
    ];
    for (const lie of liars)
      expect(
        await failureOf(one.chat.send.mutate({ chatId, content: "Go", metadata: lie })),
      ).toMatchObject({ data: { code: "BAD_REQUEST" } });
    expect(await prisma.llmMessage.count()).toBe(before);
  });
});
