import { createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Script } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { readText } from "../support/clients/read-text.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

const ways: readonly (readonly [string, (chat: Chat, question: string) => Promise<void>])[] = [
  ["ask", async (chat, question) => void (await chat.ask(question))],
  ["askStream", async (chat, question) => void (await readText(chat.askStream(question)))],
];

const callsTool: Script = [{ toolCall: { id: "c1", name: "look", arguments: {} } }];
const providerError = Object.assign(new Error("from the provider"), { status: 400 });

/** Which statement fails, and what follows. */
interface Case {
  readonly fails: RegExp;
  /** Which of the matching statements fails. The first by default. */
  readonly number?: number;
  /** All matching statements fail. */
  readonly all?: boolean;
  /** Another question comes before: nothing is read for the first one of a chat. */
  readonly isSecond?: boolean;
  readonly script?: Script;
  /** The error that the caller gets, unless it is the database's. */
  readonly error?: Error;
  /** Nothing is stored, not even the question. */
  readonly nothing?: boolean;
  /** Cleaning up fails too: the rows are left as a killed process leaves them. */
  readonly left?: boolean;
}

const databaseError = new Error("from the database");

const cases: { readonly [title: string]: Case } = {
  "storing the question": { fails: /^(INSERT INTO|WITH) .*LlmMessage\W/, nothing: true },
  "assigning the position": { fails: /^(UPDATE|WITH) .*LlmChat\W/, nothing: true },
  "reading the history": { fails: /^SELECT .*\Wcontent\W.*LlmMessage\W/, isSecond: true },
  "recording the request": { fails: /^INSERT INTO .*LlmRequest\W/ },
  "recording a tool call": { fails: /^INSERT INTO .*LlmToolCall\W/, script: callsTool },
  "recording a tool's result": { fails: /^UPDATE .*LlmToolCall\W/, script: callsTool },
  "finalising the answer": { fails: /^UPDATE \S*LlmMessage\W/ },
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
    fails: /^(UPDATE|DELETE FROM) \S*LlmMessage\W/,
    all: true,
    left: true,
  },
};

/** True for the statement that appends to the logs of answers. */
function isSave(statement: string): boolean {
  return /^INSERT INTO ["`]LlmMessageChunk["`]/.test(statement);
}

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
    if (failing.isSecond === true) await chat.ask("An earlier question");
    isOn = true;
    return { database, provider, llm, chat, calls, healthy: () => (isOn = false) };
  };

  it.each(
    Object.entries(cases).flatMap(([title, failing]) =>
      ways.map(([way, ask]) => [title, way, failing, ask] as const),
    ),
  )("a failure while %s, with %s", async (_title, _way, failing, ask) => {
    const warnings = vi.spyOn(process, "emitWarning").mockReturnValue();
    const { database, provider, llm, chat, healthy } = await start(failing);
    await expect(ask(chat, "A question")).rejects.toSatisfy(
      (error) =>
        error === (failing.error ?? databaseError) ||
        // Prisma wraps errors of the driver.
        (failing.error === undefined && String(error).includes(databaseError.message)),
    );
    expect(warnings).toHaveBeenCalledTimes(expectedWarnings(failing));
    healthy();
    // Each call is in the ledger, whichever statement has failed.
    expect(await database.prisma.llmUsage.count()).toBe(provider.calls);
    if (failing.nothing === true) expect(provider.calls).toBe(0);
    await expectRows(database, failing);
    if (failing.left === true) await makeOld(database);
    expect(await (await loadChat(database.prisma, llm, chat.id)).ask("Again")).toMatchObject({
      content: "Fine.",
      status: "complete",
    });
    expect(await database.prisma.llmMessage.count({ where: { turnLock: { not: null } } })).toBe(0);
  });

  it("a tool does not run when its call cannot be recorded", async () => {
    const { chat, calls } = await start({
      fails: /^INSERT INTO .*LlmToolCall\W/,
      script: callsTool,
    });
    await expect(chat.ask("A question")).rejects.toThrow();
    expect(calls.tool).toBe(0);
  });

  it("a tool result that cannot be written at first is saved with the answer", async () => {
    const failing = { fails: /^UPDATE .*LlmToolCall\W/, script: callsTool };
    const { database, chat } = await start(failing, "keep");
    await expect(chat.ask("A question")).rejects.toThrow();
    expect(await database.prisma.llmToolCall.findMany()).toMatchObject([
      { status: "complete", result: "1" },
    ]);
  });

  it("an answer is complete even if some of its saves fail", async () => {
    const database = await open();
    let isStreaming = true;
    let count = 0;
    const { prisma, close } = watchStatements(database, (statement) => {
      if (!isStreaming || !isSave(statement)) return;
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
  ])("text that was saved by a failed statement is not saved again %s", async (_when, script) => {
    const database = await open();
    let isLost = false;
    const { prisma, close } = watchStatements(database, async (statement, values) => {
      if (isLost || !isSave(statement)) return;
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
    await readText(chat.askStream("Count"));
    expect(isLost).toBe(true);
    expect((await chat.messages()).at(-1)).toMatchObject({
      content: "One two three",
      status: "complete",
    });
  });

  it("text is saved once when a save takes longer than the interval between saves", async () => {
    const database = await open();
    let running = 0;
    const { prisma, close } = watchStatements(database, async (statement) => {
      if (!isSave(statement)) return;
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 600));
      running--;
    });
    closing.push(close);
    const pieces = Array.from({ length: 20 }, (_, index) => `${index} `);
    const provider = createScriptedProvider([{ text: pieces, delayMs: 70 }]);
    const chat = await createChat(prisma, createLLM({ provider }));
    await readText(chat.askStream("Count"));
    expect((await chat.messages()).at(-1)).toMatchObject({ content: pieces.join("") });
  });
});

describeDatabases(
  (_name, open) => {
    it("an answer whose text cannot be saved for long fails with the database's error", async () => {
      const database = await open();
      const { prisma, close } = watchStatements(database, (statement) => {
        if (isSave(statement)) throw databaseError;
      });
      closing.push(close);
      const provider = createScriptedProvider(["One ", { hold: true }]);
      const chat = await createChat(prisma, createLLM({ provider }));
      const answer = readText(chat.askStream("Count"));
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
  const earlier = failing.isSecond === true ? [{ role: "user" }, { content: "Fine." }] : [];
  const answers = failing.left === true ? [{ role: "assistant" }] : [];
  expect(rows).toMatchObject([...earlier, { role: "user", content: "A question" }, ...answers]);
}

/** Makes the answer look as if its process had died a while ago. */
async function makeOld({ prisma }: TestDatabase): Promise<void> {
  const createdAt = new Date(Date.now() - 20_000);
  await prisma.llmMessage.updateMany({ where: { role: "assistant" }, data: { createdAt } });
}
