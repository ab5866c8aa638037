import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import { requestStop } from "../../src/orm/turn/request-stop.ts";
import { Database } from "../../src/orm/database/database.ts";
import type { Script } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

/** Both ways to ask. */
const ways: readonly (readonly [string, (chat: Chat, question: string) => Promise<void>])[] = [
  ["ask", async (chat, question) => void (await chat.ask(question))],
  [
    "askStream",
    async (chat, question) => {
      for await (const _ of chat.askStream(question));
    },
  ],
];

const callsTool: Script = [{ toolCall: { id: "c1", name: "look", arguments: {} } }];
const providerError = Object.assign(new Error("the provider's own"), { status: 400 });

/** What fails, by the statement, and what the caller then gets. */
interface Case {
  readonly fails: RegExp;
  /** Which of the matching statements; the first by default. */
  readonly number?: number;
  readonly all?: boolean;
  readonly script?: Script;
  readonly error?: Error;
  /** The question was not stored. */
  readonly nothing?: boolean;
  /** The clean-up fails too: the rows stay as a killed process leaves them. */
  readonly left?: boolean;
}

const databaseError = new Error("the database's own");

const cases: { readonly [title: string]: Case } = {
  "storing the question": { fails: /^INSERT INTO .*LlmMessage\W/, nothing: true },
  "giving out the position": { fails: /^UPDATE .*LlmChat\W/, nothing: true },
  "reading the history": { fails: /^SELECT .*LlmMessage\W/, number: 2 },
  "recording the request": { fails: /^INSERT INTO .*LlmRequest\W/ },
  "recording a tool call": { fails: /^INSERT INTO .*LlmToolCall\W/, script: callsTool },
  "recording a tool's result": { fails: /^UPDATE .*LlmToolCall\W/, script: callsTool },
  "finalising the answer": { fails: /^UPDATE .*LlmMessage\W/ },
  "recording a request that failed": {
    fails: /^INSERT INTO .*LlmRequest\W/,
    script: ["Half", { error: providerError }],
    error: providerError,
  },
  "removing an answer that failed": {
    fails: /^DELETE FROM .*LlmMessage\W/,
    script: ["Half", { error: providerError }],
    error: providerError,
    left: true,
  },
  "removing an answer that could not be finalised": {
    fails: /^(UPDATE|DELETE FROM) .*LlmMessage\W/,
    all: true,
    left: true,
  },
};

describeDatabases((_name, open) => {
  const start = async (failing: Case, onFailure: "delete" | "keep" = "delete") => {
    const database = await open();
    let isOn = false;
    let count = 0;
    const watched = watchStatements(database, (statement) => {
      if (!isOn || !failing.fails.test(statement)) return;
      count++;
      if (failing.all === true || count === (failing.number ?? 1)) throw databaseError;
    });
    closing.push(watched.close);
    const provider = createScriptedProvider(() =>
      isOn ? (failing.script ?? "An answer") : "Fine.",
    );
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const calls = { tool: 0 };
    const look = tool("look", async () => `${++calls.tool}`);
    const chat = await createChat(watched.prisma, llm, { tools: [look], onFailure });
    isOn = true;
    return { database, provider, llm, chat, calls, healthy: () => (isOn = false) };
  };

  it.each(
    Object.entries(cases).flatMap(([title, failing]) =>
      ways.map(([way, ask]) => [title, way, failing, ask] as const),
    ),
  )("a failure of %s, with %s", async (_title, _way, failing, ask) => {
    const warnings = vi.spyOn(process, "emitWarning").mockReturnValue();
    const { database, provider, llm, chat, healthy } = await start(failing);
    await expect(ask(chat, "A question")).rejects.toSatisfy(
      (error) =>
        error === (failing.error ?? databaseError) ||
        // Prisma wraps what the driver throws.
        (failing.error === undefined && String(error).includes(databaseError.message)),
    );
    expect(warnings).toHaveBeenCalledTimes(expectedWarnings(failing));
    healthy();
    if (failing.nothing === true) expect(provider.calls).toBe(0);
    await expectRows(database, failing);
    if (failing.left === true) await makeOld(database);
    expect(await (await loadChat(database.prisma, llm, chat.id)).ask("Again")).toMatchObject({
      content: "Fine.",
      status: "complete",
    });
    expect(await database.prisma.llmMessage.count({ where: { turnLock: { not: null } } })).toBe(0);
  });

  it("a tool is not run when its call could not be recorded", async () => {
    const { chat, calls } = await start({
      fails: /^INSERT INTO .*LlmToolCall\W/,
      script: callsTool,
    });
    await expect(chat.ask("A question")).rejects.toThrow();
    expect(calls.tool).toBe(0);
  });

  it("a tool's result whose write fails is kept with the answer, not lost", async () => {
    const failing = { fails: /^UPDATE .*LlmToolCall\W/, script: callsTool };
    const { database, chat } = await start(failing, "keep");
    await expect(chat.ask("A question")).rejects.toThrow();
    expect(await database.prisma.llmToolCall.findMany()).toMatchObject([
      { status: "complete", result: "1" },
    ]);
  });

  it("text whose saving fails now and then is complete in the end", async () => {
    const database = await open();
    let isStreaming = true;
    let count = 0;
    const { prisma, close } = watchStatements(database, (statement) => {
      if (!isStreaming || !statement.startsWith(`INSERT INTO "LlmMessageChunk"`)) return;
      if (++count % 2 === 1) throw databaseError;
    });
    closing.push(close);
    const pieces = Array.from({ length: 30 }, (_, index) => `${index} `);
    const provider = createScriptedProvider([{ text: pieces, delayMs: 40 }]);
    const chat = await createChat(prisma, createLLM({ provider }));
    for await (const chunk of chat.askStream("Count")) isStreaming = chunk.content !== "29 ";
    expect((await chat.messages()).at(-1)).toMatchObject({ content: pieces.join("") });
    expect(count).toBeGreaterThan(3);
  });

  it.each<[string, Script]>([
    ["by the next save", [{ text: ["One ", "two ", "three"], delayMs: 300 }]],
    ["at the end", [{ text: ["One ", "two ", "three"] }, { hold: true }]],
  ])(
    "text that was saved although the database said no is not saved again %s",
    async (_when, script) => {
      const database = await open();
      let isLost = false;
      const { prisma, close } = watchStatements(database, async (statement, values) => {
        if (isLost || !statement.startsWith(`INSERT INTO "LlmMessageChunk"`)) return;
        isLost = true;
        await database.prisma.llmMessageChunk.create({
          data: {
            messageId: String(values[0]),
            seq: Number(values[1]),
            kind: String(values[2]),
            text: String(values[3]),
            at: Number(values[4]),
          },
        });
        setImmediate(() => provider.release());
        throw databaseError;
      });
      closing.push(close);
      const provider = createScriptedProvider(() => script);
      const chat = await createChat(prisma, createLLM({ provider }));
      for await (const _ of chat.askStream("Count"));
      expect(isLost).toBe(true);
      expect((await chat.messages()).at(-1)).toMatchObject({
        content: "One two three",
        status: "complete",
      });
    },
  );

  it("text that takes the database longer than the time between two saves is saved once", async () => {
    const database = await open();
    let running = 0;
    const { prisma, close } = watchStatements(database, async (statement) => {
      if (!statement.startsWith(`INSERT INTO "LlmMessageChunk"`)) return;
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 600));
      running--;
    });
    closing.push(close);
    const pieces = Array.from({ length: 20 }, (_, index) => `${index} `);
    const provider = createScriptedProvider([{ text: pieces, delayMs: 70 }]);
    const chat = await createChat(prisma, createLLM({ provider }));
    for await (const _ of chat.askStream("Count"));
    expect((await chat.messages()).at(-1)).toMatchObject({ content: pieces.join("") });
  });

  it("an answer that is asked to stop in its last moment is kept whole, and is stopped", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const reading = (async () => {
      for await (const _ of chat.askStream("Count"));
    })();
    await provider.waitForHold();
    await expect.poll(() => prisma.llmMessageChunk.count(), { timeout: 9_000 }).toBeGreaterThan(0);
    const message = (await chat.messages()).at(-1);
    if (message === undefined) throw new Error("there is no answer");
    expect(await requestStop(Database.open(prisma), message.id)).toBe("asked");
    provider.release();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two",
      status: "stopped",
      turnLock: null,
    });
  });

  it("an answer that another process took over is left to it, with its requests", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider(["One ", { hold: true }, "two"]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const answer = chat.ask("Count");
    await provider.waitForHold();
    await prisma.llmMessage.updateMany({
      where: { turnLock: chat.id },
      data: { turnLock: null, status: "interrupted", content: "One " },
    });
    provider.release();
    await expect(answer).rejects.toMatchObject({ code: "NOT_FOUND" });
    const message = (await chat.messages()).at(-1);
    expect(message).toMatchObject({ status: "interrupted", content: "One " });
    expect(await prisma.llmRequest.findMany()).toMatchObject([{ messageId: message?.id }]);
  });

  it("an answer that is stopped between the halves of a character is settled without it", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([{ text: ["Thumbs \uD83D"] }, { hold: true }]);
    const chat = await createChat(prisma, createLLM({ provider }));
    const stop = new AbortController();
    const answer = (async () => {
      for await (const _ of chat.askStream("Thumbs", { signal: stop.signal }));
    })();
    await provider.waitForHold();
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect((await chat.messages()).at(-1)).toMatchObject({
      status: "stopped",
      content: "Thumbs ",
      turnLock: null,
    });
  });

  it("characters of two units are whole, however their halves arrive", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      { text: ["a\uD83D", "\uDC4Db\uD83D", "\uDC4D"], delayMs: 300 },
    ]);
    const chat = await createChat(prisma, createLLM({ provider }));
    for await (const _ of chat.askStream("Thumbs"));
    expect((await chat.messages()).at(-1)).toMatchObject({ content: "a👍b👍" });
  });
});

describeDatabases(
  (_name, open) => {
    it("an answer whose text cannot be saved for long ends with the database's error", async () => {
      const database = await open();
      const { prisma, close } = watchStatements(database, (statement) => {
        if (statement.startsWith(`INSERT INTO "LlmMessageChunk"`)) throw databaseError;
      });
      closing.push(close);
      const provider = createScriptedProvider(["One ", { hold: true }]);
      const chat = await createChat(prisma, createLLM({ provider }));
      const answer = (async () => {
        for await (const _ of chat.askStream("Count"));
      })();
      await expect(answer).rejects.toThrow(databaseError.message);
      expect(provider.aborted).toBe(1);
      expect(await chat.messages()).toMatchObject([{ role: "user" }]);
    });
  },
  ["sqlite"],
);

function expectedWarnings(failing: Case): number {
  return failing.left === true || failing.error !== undefined ? 1 : 0;
}

async function expectRows({ prisma }: TestDatabase, failing: Case): Promise<void> {
  const rows = await prisma.llmMessage.findMany({ orderBy: { position: "asc" } });
  if (failing.nothing === true) {
    expect(rows).toEqual([]);
    return;
  }
  const answers = failing.left === true ? [{ role: "assistant" }] : [];
  expect(rows).toMatchObject([{ role: "user", content: "A question" }, ...answers]);
}

/** As if the process had died a while ago. */
async function makeOld({ prisma }: TestDatabase): Promise<void> {
  const createdAt = new Date(Date.now() - 20_000);
  await prisma.llmMessage.updateMany({ where: { role: "assistant" }, data: { createdAt } });
}
