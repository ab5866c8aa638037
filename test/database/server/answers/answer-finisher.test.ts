import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";
import { z } from "zod";

import type { AnswerFailure, AnswerFinish, Metadata } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { emptyMessage } from "../../../../src/orm/database/rows.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { AnswerFinisher } from "../../../../src/server/answers/answer-finisher.ts";
import { MetadataCheck } from "../../../../src/server/inputs/check-metadata.ts";
import { readMessage } from "../../../../src/server/streams/read-saved-message.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

type Finish = AnswerFinish<string>;

afterEach(() => {
  vi.useRealTimers();
});

describeEveryDatabase((_name, open) => {
  /** An answer that has ended and is due, and finishers of several processes that know of it. */
  async function ended(
    onFinish: (finish: Finish) => { metadata: Metadata } | void | Promise<void>,
    schema?: z.ZodType<Metadata>,
  ) {
    const database = await open();
    const { prisma } = database;
    const db = Database.open(prisma);
    const chat = await prisma.llmChat.create({ data: { model: "m" } });
    const finishDueAt = new Date(Date.now() - 1_000);
    const now = new Date();
    const row = { ...emptyMessage("answer", chat.id, "assistant", now), status: "complete" };
    await db.message.createMany({
      data: [db.pick("message", { ...row, content: "Hi", finishDueAt, finishedAt: now })],
    });
    const failures: AnswerFailure[] = [];
    const work: Promise<void>[] = [];
    const finisher = (client = prisma) =>
      new AnswerFinisher<string>({
        options: {
          prisma: client,
          llm: createLLM({ provider: createScriptedProvider([]) }),
          scope: "everyone",
          onFinish,
          onError: (failure: AnswerFailure) => void failures.push(failure),
        },
        db: Database.open(client),
        metadata: new MetadataCheck(schema, 1_000),
        keepAlive: (promise) => void work.push(promise),
      });
    const read = async () => {
      const found = await db.message.findFirst({ where: { id: "answer" } });
      if (found === null) throw new Error("The answer is gone.");
      return found;
    };
    return { prisma, connect: () => database.connect(), db, failures, work, finisher, read };
  }

  it("lets one process call, however many see that it is due", async () => {
    const finishes: Finish[] = [];
    const scene = await ended((finish) => {
      finishes.push(finish);
      return { metadata: { told: finishes.length } };
    });
    const row = await scene.read();
    const finishers = [scene.finisher(), scene.finisher(scene.connect()), scene.finisher()];
    for (const finisher of finishers) finisher.sweep([row, row]);
    await Promise.all(scene.work);
    expect(finishes).toMatchObject([{ ctx: null, message: { id: "answer", content: "Hi" } }]);
    const told = await scene.read();
    expect(told).toMatchObject({ metadata: '{"told":1}', finishDueAt: null });
    // It is over.
    for (const finisher of finishers) finisher.sweep([told, row]);
    await Promise.all(scene.work);
    expect(finishes).toHaveLength(1);
    expect(scene.failures).toEqual([]);
  });

  it("leaves an answer alone that is in progress, or that another process is telling of", async () => {
    const scene = await ended(() => {
      throw new Error("must not be called");
    });
    const row = await scene.read();
    const finisher = scene.finisher();
    const rows = [
      { ...row, turnLock: row.chatId },
      { ...row, finishDueAt: null },
      { ...row, finishDueAt: new Date(Date.now() + 30_000) },
    ];
    finisher.sweep(rows);
    expect(scene.work).toEqual([]);
    // What the row says by now counts, and not what was read.
    await scene.db.message.updateMany({
      where: { id: row.id },
      data: { finishDueAt: new Date(Date.now() + 30_000) },
    });
    finisher.sweep([row]);
    await Promise.all(scene.work);
    expect(scene.failures).toEqual([]);
  });

  it("renews its lease while onFinish runs, and not after it", async () => {
    let release = (): void => undefined;
    const scene = await ended(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const message = await readMessage(scene.db, await scene.read());
    const telling = scene.finisher().end("ctx", message, true);
    await expect.poll(() => vi.getTimerCount()).toBe(1);
    const due = async () => (await scene.read()).finishDueAt?.getTime() ?? 0;
    const before = await due();
    vi.advanceTimersByTime(20_000);
    await expect.poll(due).toBeGreaterThan(before);
    release();
    expect(await telling).toEqual(message);
    expect(vi.getTimerCount()).toBe(0);
    expect(await due()).toBe(0);
    expect(scene.failures).toEqual([]);
  });

  it("keeps its lease while the schema checks what onFinish has returned", async () => {
    let release = (): void => undefined;
    const checking = new Promise<boolean>((resolve) => {
      release = () => resolve(true);
    });
    let isChecked = false;
    const schema = z.object({ told: z.boolean() }).refine(() => {
      isChecked = true;
      return checking;
    });
    const scene = await ended(() => ({ metadata: { told: true } }), schema);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const telling = scene
      .finisher()
      .end("ctx", await readMessage(scene.db, await scene.read()), true);
    await expect.poll(() => isChecked).toBe(true);
    expect(vi.getTimerCount()).toBe(1);
    release();
    expect(await telling).toMatchObject({ metadata: { told: true } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives up an onFinish that never settles, and reports it", async () => {
    let isCalled = false;
    const scene = await ended(() => {
      isCalled = true;
      return new Promise<void>(() => undefined);
    });
    const row = await scene.read();
    const finisher = scene.finisher();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    finisher.sweep([row]);
    await expect.poll(() => isCalled).toBe(true);
    vi.advanceTimersByTime(599_000);
    await scene.read();
    expect(scene.failures).toEqual([]);
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    await Promise.all(scene.work);
    expect(scene.failures).toMatchObject([
      {
        task: "finish",
        messageId: "answer",
        error: { message: expect.stringContaining("has not settled within") },
      },
    ]);
    expect(await scene.read()).toMatchObject({ metadata: null, finishDueAt: null });
  });

  it("reports what onFinish throws, and calls no more", async () => {
    const scene = await ended(() => {
      throw new Error("mine");
    });
    const row = await scene.read();
    scene.finisher().sweep([row]);
    await Promise.all(scene.work);
    scene.finisher().sweep([await scene.read(), row]);
    await Promise.all(scene.work);
    expect(scene.failures).toMatchObject([{ task: "finish", messageId: "answer" }]);
    expect(await scene.read()).toMatchObject({ metadata: null, finishDueAt: null });
  });

  it("does not call for a chat that is gone", async () => {
    const scene = await ended(() => {
      throw new Error("must not be called");
    });
    const message = await readMessage(scene.db, await scene.read());
    await scene.prisma.llmChat.deleteMany({});
    expect(await scene.finisher().end("ctx", message, true)).toBe(message);
    expect(scene.failures).toEqual([]);
  });
});
