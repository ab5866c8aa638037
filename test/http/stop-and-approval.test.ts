import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ChatDrain, ChatMessage } from "node-llm-trpc/server";
import { createDrain, createMemoryHub } from "node-llm-trpc/server";
import type { ScriptedProvider, ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { decideToolCall } from "../../src/orm/turn/decide-tool-call.ts";
import { Database } from "../../src/orm/database/database.ts";
import { readNewestEntry } from "../../src/orm/turn/log-entry.ts";
import { endWaiting } from "../../src/orm/turn/message-lock.ts";
import type { MessageRow } from "../../src/orm/database/rows.ts";
import { readSavedMessage } from "../../src/server/streams/read-saved-message.ts";
import { ChatService } from "../../src/server/chat-service.ts";
import { stopAnswer } from "../../src/server/answers/stop-answer.ts";
import { Gate } from "../../src/testing/gate.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { tool } from "../support/providers/tool.ts";
import type { WatchedClient } from "../support/databases/watch-statements.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";
import { everyone } from "../support/servers/everyone.ts";

type Instance = ChatService<null>;

const call = (id: string, name: string) => ({ toolCall: { id, name, arguments: {} } });
const stopped = { stopped: true };
const forever = new AbortController().signal;
/** An instance with the tool `remove`, which needs approval, and the tool `slow`, which waits for the test. */
function startInstance(
  prisma: PrismaClient,
  provider: ScriptedProvider,
  slow: Gate,
  drain: ChatDrain = createDrain(),
): Instance {
  return new ChatService<null>({
    prisma,
    drain,
    llm: createLLM({ provider }),
    scope: "everyone",
    tools: [
      tool("remove", async () => "removed"),
      tool("slow", async () => slow.pass(forever).then(() => "at last")),
    ],
    needsApproval: ["remove"],
    onError: () => undefined,
  });
}

interface Scene {
  readonly one: Instance;
  readonly two: Instance;
  readonly provider: ScriptedProvider;
  readonly messageId: string;
  readonly chatId: string;
  readonly slow: Gate;
  /** Reads the answer's row. */
  readonly row: () => Promise<MessageRow>;
  /** Reads the rows of its tool calls. Readers cannot tell a call that was left running: for them it has ended. */
  readonly calls: () => Promise<readonly { status: string; result: string | null }[]>;
  /** Reads the kinds of its log entries. */
  readonly kinds: () => Promise<string[]>;
}

/** @param connect The client of the first instance, which produces the answer. */
async function start(
  database: TestDatabase,
  scripts: readonly (readonly ScriptStep[])[],
  connect: PrismaClient = database.prisma,
): Promise<Scene> {
  const provider = createScriptedProvider(scripts);
  const slow = new Gate();
  const one = startInstance(connect, provider, slow);
  const two = startInstance(database.connect(), provider, slow);
  const { id: chatId } = await one.create(everyone, {});
  const { assistantMessage } = await one.send(everyone, { chatId, content: "Remove it" });
  const { id: messageId } = assistantMessage;
  const where = { id: messageId };
  const row = (): Promise<MessageRow> => database.prisma.llmMessage.findUniqueOrThrow({ where });
  const kinds = async (): Promise<string[]> =>
    (await database.prisma.llmMessageChunk.findMany({ where: { messageId } })).map((c) => c.kind);
  const calls = () => database.prisma.llmToolCall.findMany({ where: { messageId } });
  return { one, two, provider, messageId, chatId, slow, row, calls, kinds };
}

async function read(instance: Instance, messageId: string): Promise<ChatMessage | null> {
  for await (const { data } of instance.stream(everyone, { messageId }, forever))
    if (data.type === "done") return data.message;
  return null;
}

/** Expects the answer to have ended, with nothing left running and the lock released. */
async function expectStopped(scene: Scene): Promise<void> {
  const { row, kinds, one, messageId } = scene;
  expect(await row()).toMatchObject({ status: "stopped", turnLock: null });
  expect((await kinds()).filter((kind) => kind !== "fence")).toEqual([]);
  await expectNothingRuns(scene);
  expect(await one.stop(everyone, messageId)).toEqual({ stopped: false });
}

async function expectNothingRuns({ calls }: Scene): Promise<void> {
  for (const { status, result } of await calls()) {
    expect(["running", "awaiting_approval"]).not.toContain(status);
    expect(result).not.toBeNull();
  }
}

/** A client that, once armed, waits at the first statement for which `isIt` is true. */
function pausing(
  database: TestDatabase,
  isIt: (statement: string, values: readonly unknown[]) => boolean,
): WatchedClient & { readonly gate: Gate; arm(next?: typeof isIt): void } {
  const gate = new Gate();
  let isArmed = false;
  let isMoment = isIt;
  const watched = watchStatements(
    database,
    async (statement, values) => {
      if (!isArmed || !isMoment(statement, values)) return;
      isArmed = false;
      await gate.pass(forever);
    },
    { maxWait: 20_000, timeout: 20_000 },
  );
  const arm = (next = isMoment): void => {
    isMoment = next;
    isArmed = true;
  };
  return { ...watched, gate, arm };
}

/** Matches the first read of the log after the statement that takes the lock of an answer to continue it. */
function readsLogOfDecided(): (statement: string) => boolean {
  let isTaken = false;
  return (statement) => {
    isTaken ||= statement.includes("'resume'");
    return isTaken && statement.startsWith("SELECT") && statement.includes("LlmMessageChunk");
  };
}

describeDatabases((_name, open) => {
  it("a stop that read the answer before it began to wait ends it", async () => {
    const database = await open();
    const scene = await start(database, [[call("c1", "remove")], ["Gone."]]);
    const before = await scene.row();
    await read(scene.one, scene.messageId);
    const db = Database.open(database.prisma);
    expect(await stopAnswer(db, createMemoryHub(), before)).toBe(true);
    await expectStopped(scene);
    expect(scene.provider.calls).toBe(1);
  });

  it("a stop that read the answer while it waited ends it after it continued", async () => {
    const database = await open();
    const scene = await start(database, [[call("c1", "remove")], ["Gone.", { hold: true }]]);
    const { one, two, provider, messageId } = scene;
    await read(one, messageId);
    const before = await scene.row();
    await two.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
    await provider.waitForHold();
    expect(await stopAnswer(Database.open(database.prisma), createMemoryHub(), before)).toBe(true);
    expect(provider.aborted).toBe(1);
    await expectStopped(scene);
  });

  it("a stop between the last decision and the continuation ends the answer", async () => {
    const database = await open();
    const deciding = pausing(database, readsLogOfDecided());
    const scene = await start(database, [[call("c1", "remove")], ["Gone.", { hold: true }]]);
    const { one, provider, messageId, chatId } = scene;
    await read(one, messageId);
    const third = startInstance(deciding.prisma, provider, scene.slow);
    await third.get(everyone, chatId);
    deciding.arm();
    const decision = { messageId, toolCallId: "c1", approved: true };
    const responding = third.respondToTool(everyone, decision);
    await deciding.gate.reached();
    const stopping = one.stop(everyone, messageId);
    await expect.poll(scene.kinds).toContain("stop");
    deciding.gate.release(1);
    expect(await stopping).toEqual(stopped);
    await responding;
    await expectStopped(scene);
    await deciding.close();
  });

  it("a drain between the last decision and the continuation ends the answer", async () => {
    const database = await open();
    const deciding = pausing(database, (statement) => statement === "BEGIN");
    const scene = await start(database, [[call("c1", "remove")], ["Gone."]]);
    const { one, provider, messageId, chatId } = scene;
    await read(one, messageId);
    const drain = createDrain();
    const third = startInstance(deciding.prisma, provider, scene.slow, drain);
    await third.get(everyone, chatId);
    deciding.arm();
    const decision = { messageId, toolCallId: "c1", approved: true };
    const responding = third.respondToTool(everyone, decision);
    await deciding.gate.reached();
    const draining = drain.start({ timeout: 0 });
    deciding.gate.release(1);
    await responding;
    expect(await draining).toEqual({ ended: 0, interrupted: 1, unsettled: 0 });
    expect(await scene.row()).toMatchObject({ status: "interrupted", turnLock: null });
    expect(await scene.calls()).toHaveLength(1);
    await expectNothingRuns(scene);
    await deciding.close();
  });

  it("a stop while the answer continues on its own ends it", async () => {
    const database = await open();
    const producing = pausing(database, readsLogOfDecided());
    const scene = await start(
      database,
      [
        ["Both. ", call("c1", "remove"), call("c2", "slow")],
        ["Gone.", { hold: true }],
      ],
      producing.prisma,
    );
    const { one, two, messageId, slow, provider } = scene;
    const isAsked = async (): Promise<number> =>
      database.prisma.llmToolCall.count({ where: { messageId } });
    await expect.poll(isAsked).toBe(2);
    await two.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
    producing.arm();
    slow.release(1);
    // It has been saved, and has not yet been taken up again.
    await producing.gate.reached();
    const stopping = one.stop(everyone, messageId);
    await expect.poll(scene.kinds).toContain("stop");
    producing.gate.release(1);
    expect(await stopping).toEqual(stopped);
    await expectStopped(scene);
    expect(provider.calls).toBe(1);
    await producing.close();
  });

  it("a stale read of a waiting answer does not end it when it waits again", async () => {
    const database = await open();
    const scene = await start(database, [[call("c1", "remove")], ["Next. ", call("c2", "remove")]]);
    const { one, two, messageId } = scene;
    await read(one, messageId);
    const db = Database.open(database.prisma);
    const [before, mark] = [await scene.row(), await readNewestEntry(db, messageId)];
    if (mark === null) throw new Error("The answer has no log.");
    await two.respondToTool(everyone, { messageId, toolCallId: "c1", approved: true });
    await expect.poll(scene.row).toMatchObject({ content: "Next. " });
    const end = { status: "failed", errorCode: "APPROVAL_EXPIRED", toolResult: "Late." } as const;
    expect(await endWaiting(db, before, end, mark)).toBeNull();
    expect(await scene.row()).toMatchObject({ status: "awaiting_approval" });
    expect(await one.stop(everyone, messageId)).toEqual(stopped);
    await expectStopped(scene);
  });
});

// On SQLite a process runs one write after another, so nothing can come in between.
describeDatabases(
  (_name, open) => {
    /** The first statement of the transaction that ends an answer with saved text. */
    const isEnd = (statement: string) => statement.startsWith('UPDATE "LlmMessage" SET "content"');

    it("an answer that was asked to stop does not complete", async () => {
      const database = await open();
      const producing = pausing(database, isEnd);
      const scene = await start(database, [["One ", { hold: true }, "two"]], producing.prisma);
      const { two, provider, messageId } = scene;
      await provider.waitForHold();
      await expect.poll(scene.kinds).toContain("text");
      producing.arm();
      provider.release();
      // The answer is about to be saved as complete.
      await producing.gate.reached();
      const stopping = two.stop(everyone, messageId);
      await expect.poll(scene.kinds).toContain("stop");
      producing.gate.release(1);
      expect(await stopping).toEqual(stopped);
      expect(await scene.row()).toMatchObject({ content: "One two" });
      await expectStopped(scene);
      await producing.close();
    });

    it("an answer that is asked to stop just before its end keeps its text in the database", async () => {
      const database = await open();
      const ending = pausing(database, isEnd);
      const scene = await start(database, [["One ", { hold: true }, "two"]], ending.prisma);
      const { two, provider, messageId } = scene;
      await provider.waitForHold();
      await expect.poll(scene.kinds).toContain("text");
      ending.arm();
      provider.release();
      await ending.gate.reached();
      const stopping = two.stop(everyone, messageId);
      await expect.poll(scene.kinds).toContain("stop");
      // Until the answer reads why it could not end.
      const isRead = (statement: string) => /^SELECT .*LlmMessage\W/.test(statement);
      ending.arm(isRead);
      ending.gate.release(1);
      await ending.gate.reached();
      // If the process were killed now, this would be what is left.
      const db = Database.open(database.prisma);
      const { message } = await readSavedMessage(db, await scene.row());
      // A busy machine may have saved the rest before the end, too.
      expect(message.content).toMatch(/^One /);
      ending.gate.release(1);
      expect(await stopping).toEqual(stopped);
      expect(await scene.row()).toMatchObject({ content: "One two" });
      await expectStopped(scene);
      await ending.close();
    });

    it("a stop does not wait for a database that accepts no writes", async () => {
      const database = await open();
      const writing = pausing(database, (statement) => statement === "BEGIN");
      const scene = await start(database, [["One ", { hold: true }]], writing.prisma);
      const { one, provider, messageId } = scene;
      await provider.waitForHold();
      await expect.poll(scene.kinds).toContain("text");
      writing.arm();
      const stopping = one.stop(everyone, messageId);
      await expect.poll(() => provider.aborted).toBe(1);
      await expect.poll(scene.row).toMatchObject({ status: "stopped" });
      writing.gate.release(1);
      expect(await stopping).toEqual(stopped);
      await expectStopped(scene);
      await writing.close();
    });

    it("a stop and the last decision at the same moment do not deadlock", async () => {
      const database = await open();
      const scene = await start(database, [[call("c1", "remove")], ["Gone."]]);
      const { one, messageId } = scene;
      await read(one, messageId);
      let isFirst = true;
      const stopping = pausing(database, (statement) => {
        // The second statement of its transaction.
        if (!/^(INSERT|UPDATE)/.test(statement)) return false;
        const isSecond = !isFirst;
        isFirst = false;
        return isSecond;
      });
      const waiting = await scene.row();
      stopping.arm();
      const stop = stopAnswer(Database.open(stopping.prisma), createMemoryHub(), waiting);
      await stopping.gate.reached();
      const decision = { toolCallId: "c1", approved: true };
      const deciding = decideToolCall(Database.open(database.connect()), waiting, decision);
      const blocked = async (): Promise<number> => {
        const [row] = await database.prisma.$queryRawUnsafe<{ count: number }[]>(
          "SELECT COUNT(*)::int AS count FROM pg_locks WHERE NOT granted",
        );
        return row?.count ?? 0;
      };
      await expect.poll(blocked).toBeGreaterThan(0);
      stopping.gate.release(1);
      const outcomes = await Promise.allSettled([stop, deciding]);
      expect(outcomes).toMatchObject([
        { status: "fulfilled", value: true },
        { status: "rejected", reason: { code: "CONFLICT" } },
      ]);
      await expectStopped(scene);
      await stopping.close();
    });
  },
  ["postgresql"],
);
