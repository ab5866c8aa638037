import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Script, ScriptedProvider } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { readText } from "../support/clients/read-text.ts";
import { failureOf } from "../support/failure-of.ts";
import { tool } from "../support/providers/tool.ts";
import { watchStatements } from "../support/databases/watch-statements.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Ask = (chat: Chat, signal: AbortSignal) => Promise<unknown>;
const ways: readonly (readonly [string, Ask])[] = [
  ["ask", (chat, signal) => chat.ask("A question", { signal })],
  ["askStream", (chat, signal) => readText(chat.askStream("A question", { signal }))],
];

/** What the turn is doing when the signal aborts: running a database statement, or calling the provider. */
interface Place {
  readonly statement?: RegExp;
  /** Which of the matching statements; the first by default. */
  readonly number?: number;
  /** Another question comes before: nothing is read for the first one of a chat. */
  readonly isSecond?: boolean;
  readonly script?: Script;
  /** The text that has arrived by then, and stays. */
  readonly kept?: string;
  /** The status codes of the requests in the ledger. */
  readonly requests: readonly number[];
}

const callsTool: Script = [{ toolCall: { id: "c1", name: "look", arguments: {} } }];

const places: { readonly [title: string]: Place } = {
  "while the question is stored": { statement: /^(INSERT INTO|WITH) .*LlmMessage\W/, requests: [] },
  "while the history is read": {
    statement: /^SELECT .*\Wcontent\W.*LlmMessage\W/,
    isSecond: true,
    requests: [200],
  },
  "while the provider is silent": { script: [{ hold: true }], requests: [499] },
  "while a tool call is recorded": {
    statement: /^INSERT INTO .*LlmToolCall\W/,
    script: callsTool,
    kept: "",
    requests: [200],
  },
  "while a tool runs": { script: callsTool, kept: "", requests: [200] },
};

describeDatabases((_name, open) => {
  const start = async (place: Place) => {
    const database = await open();
    const reached = event();
    const gate = event();
    let isOn = false;
    let count = 0;
    const watched = watchStatements(database, async (statement) => {
      if (!isOn || place.statement?.test(statement) !== true) return;
      if (++count !== (place.number ?? 1)) return;
      reached.happen();
      await gate.happened;
    });
    closing.push(watched.close);
    const provider = createScriptedProvider(() => (isOn ? (place.script ?? "An answer") : "Fine."));
    const llm = createLLM({ provider });
    const look = tool("look", async () => {
      reached.happen();
      await gate.happened;
      return "seen";
    });
    const chat = await createChat(watched.prisma, llm, { tools: [look] });
    if (place.isSecond === true) await chat.ask("An earlier question");
    isOn = true;
    const at = async (): Promise<void> => {
      await Promise.race([reached.happened, provider.waitForHold()]);
    };
    return { database, provider, llm, chat, at, go: gate.happen, off: () => (isOn = false) };
  };

  it.each(
    Object.entries(places).flatMap(([title, place]) =>
      ways.map(([way, ask]) => [title, way, place, ask] as const),
    ),
  )("an abort %s, with %s", async (_title, _way, place, ask) => {
    const { database, llm, chat, at, go, off } = await start(place);
    const controller = new AbortController();
    const failure = failureOf(ask(chat, controller.signal));
    await at();
    controller.abort(new Error("the caller's own reason"));
    setTimeout(go, 20);
    expect(await failure).toMatchObject({ name: "AbortError" });
    off();
    await expectSettled(database, place);
    const requests = await database.prisma.llmRequest.findMany();
    expect(requests.map((row) => row.statusCode)).toEqual(place.requests);
    const next = await loadChat(database.prisma, llm, chat.id);
    expect(await next.ask("Again")).toMatchObject({ content: "Fine." });
    expect(await database.prisma.llmRequest.count()).toBe(place.requests.length + 1);
  });

  it.each(ways)("an abort before %s writes nothing", async (_way, ask) => {
    const { database, chat, provider } = await start({ requests: [] });
    await expect(ask(chat, AbortSignal.abort("why not"))).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(provider.calls).toBe(0);
    expect(await database.prisma.llmMessage.count()).toBe(0);
  });

  it("an abort while a refused request waits for its retry records no further request", async () => {
    const database = await open();
    const { RateLimitError } = await import("@node-llm/core");
    // With a known retry delay: core picks the others at random.
    const busy = new RateLimitError("busy", {}, "scripted", "m", 1);
    const provider = createScriptedProvider([{ error: busy }]);
    const llm = createLLM({ provider, retry: { attempts: 3 } });
    const chat = await createChat(database.prisma, llm);
    const controller = new AbortController();
    const failure = failureOf(chat.ask("Hi", { signal: controller.signal }));
    await provider.waitForCall(1);
    await expect.poll(() => database.prisma.llmRequest.count()).toBeGreaterThan(0);
    controller.abort();
    expect(await failure).toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const requests = await database.prisma.llmRequest.findMany();
    expect(requests).toHaveLength(provider.calls);
    expect(requests.map((row) => row.statusCode)).toEqual(requests.map(() => 429));
  });

  const halfway: Script = ["One ", { hold: true }, "two"];

  it.each<
    [
      string,
      (stream: ReturnType<Chat["askStream"]>, provider: ScriptedProvider) => Promise<unknown>,
    ]
  >([
    [
      "break",
      async (stream) => {
        for await (const _ of stream) break;
      },
    ],
    [
      "return() between two chunks",
      async (stream) => {
        await stream.next();
        expect(await stream.return(undefined as never)).toEqual({ done: true, value: undefined });
      },
    ],
    [
      "return() while a chunk is awaited",
      async (stream, provider) => {
        await stream.next();
        const pending = stream.next();
        await provider.waitForHold();
        expect(await stream.return(undefined as never)).toEqual({ done: true, value: undefined });
        expect(await pending).toEqual({ done: true, value: undefined });
      },
    ],
    [
      "an error in the body of the loop",
      async (stream) => {
        const mine = new Error("mine");
        await expect(
          (async () => {
            for await (const _ of stream) throw mine;
          })(),
        ).rejects.toBe(mine);
      },
    ],
    [
      "throw()",
      async (stream) => {
        await stream.next();
        const mine = new Error("mine");
        await expect(stream.throw(mine)).rejects.toBe(mine);
      },
    ],
  ])("%s stops the answer, keeps its text and aborts the call", async (_way, leave) => {
    const { database, chat, provider, off } = await start({ script: halfway, requests: [] });
    await leave(chat.askStream("A question"), provider);
    off();
    expect(provider.aborted).toBe(1);
    await expectSettled(database, { kept: "One " });
    expect(await database.prisma.llmRequest.findMany()).toMatchObject([
      { statusCode: 499, errorCode: "ABORTED" },
    ]);
    expect(await chat.ask("Again")).toMatchObject({ content: "Fine." });
  });

  it("a stream that nobody reads never calls the provider", async () => {
    const { database, chat, provider } = await start({ requests: [] });
    await chat.askStream("A question").return(undefined as never);
    expect(provider.calls).toBe(0);
    expect(await database.prisma.llmMessage.count()).toBe(0);
  });

  it.each(ways)("deleting the chat while a tool runs, with %s", async (_way, ask) => {
    const { database, chat, at, go } = await start({ script: callsTool, requests: [] });
    const failure = failureOf(ask(chat, new AbortController().signal));
    await at();
    await database.connect().llmChat.delete({ where: { id: chat.id } });
    go();
    expect(await failure).toMatchObject({ name: "ChatError", code: "NOT_FOUND" });
    expect(await database.prisma.llmMessage.count()).toBe(0);
  });

  it.each(["while the question is stored", "before its tool call is recorded"] as const)(
    "deleting the chat %s",
    async (moment) => {
      // The second transaction, after the one that stores the question.
      const place = moment.includes("tool")
        ? { statement: /^BEGIN$/, number: 2 }
        : { statement: /^SELECT .*LlmMessage\W/ };
      const { database, chat, at, go } = await start({
        ...place,
        script: callsTool,
        requests: [],
      });
      const failure = failureOf(chat.ask("A question"));
      await at();
      await database.connect().llmChat.delete({ where: { id: chat.id } });
      go();
      expect(await failure).toMatchObject({ name: "ChatError", code: "NOT_FOUND" });
      expect(await database.prisma.llmMessage.count()).toBe(0);
    },
  );
});

async function expectSettled(
  { prisma }: TestDatabase,
  { kept, isSecond }: Pick<Place, "kept" | "isSecond">,
): Promise<void> {
  const rows = await prisma.llmMessage.findMany({ orderBy: { position: "asc" } });
  const answer = { role: "assistant", status: "stopped", content: kept === "" ? null : kept };
  expect(rows).toMatchObject([
    ...(isSecond === true ? [{ role: "user" }, { content: "Fine." }] : []),
    { role: "user", content: "A question" },
    ...(kept === undefined ? [] : [answer]),
  ]);
  expect(rows.map((row) => row.turnLock)).toEqual(rows.map(() => null));
}

function event(): { readonly happened: Promise<void>; readonly happen: () => void } {
  let happen = (): void => undefined;
  const happened = new Promise<void>((resolve) => (happen = resolve));
  return { happened, happen: () => happen() };
}
