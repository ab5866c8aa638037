import type { ChatRequest } from "@node-llm/core";
import { expect, it } from "vitest";
import { z } from "zod";

import type { ChatMessage } from "node-llm-trpc/server";
import { createDrain, defineTool } from "node-llm-trpc/server";
import type { Scripts, ScriptStep } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import type { AppRouterOptions } from "../support/servers/create-app-router.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startToolScene } from "../support/servers/start-tool-scene.ts";

const schema = z.object({ city: z.string() });
const oslo = '{"city":"Oslo"}';
/** What readers have on their screens when the correction begins. */
const first = "I would rather talk about Oslo.";

const noInput = { description: "A tool", inputSchema: z.object({}), execute: () => "3 degrees" };
const look = defineTool({ ...noInput, name: "look" });
const ask = defineTool({ ...noInput, name: "ask", needsApproval: true });
const call = (id: string, name: string) => ({ toolCall: { id, name } });
const spent = { usage: { input_tokens: 100, output_tokens: 1 } };

/** What a correction has written when something happens to it, call by call. The last call goes on. */
const beginnings: Readonly<Record<string, readonly (readonly ScriptStep[])[]>> = {
  nothing: [[]],
  "a text": [["Half of a correction."]],
  "a text before a tool": [["Let me look again.", call("c1", "look"), spent], []],
  "texts before and after a tool": [
    ["Let me look again.", call("c1", "look"), spent],
    ["And half."],
  ],
};

/** What happens to a correction. */
interface Incident {
  readonly steps?: readonly ScriptStep[];
  readonly options?: AppRouterOptions;
  /** Only after these beginnings. */
  readonly after?: readonly string[];
  readonly status: ChatMessage["status"];
  readonly code?: RegExp;
  /** Whether the model ends its answer before the process that runs it hears of the stop. */
  readonly isTooLate?: boolean;
}
const incidents: readonly (readonly [string, Incident])[] = [
  ["the provider fails", { steps: [{ fail: 500 }], status: "failed", code: /^PROVIDER_/ }],
  [
    "the provider stalls",
    {
      steps: [{ stall: true }],
      options: { idleTimeout: 300 },
      status: "failed",
      code: /^STREAM_STALLED$/,
    },
  ],
  [
    "the budget is spent",
    {
      options: { budget: () => ({ tokens: 101, per: "month" }) },
      after: ["nothing"],
      status: "failed",
      code: /^TOO_MANY_REQUESTS$/,
    },
  ],
  [
    "the budget is spent after a call of it",
    {
      options: { budget: () => ({ tokens: 202, per: "month" }) },
      after: ["a text before a tool"],
      status: "failed",
      code: /^TOO_MANY_REQUESTS$/,
    },
  ],
  // After the result of a tool, no text is an answer, which does not fit.
  [
    "it is empty",
    {
      after: ["nothing", "a text before a tool"],
      status: "failed",
      code: /^(EMPTY_ANSWER|INVALID_OUTPUT)$/,
    },
  ],
  ["it does not fit", { steps: ["Neither."], status: "failed", code: /^INVALID_OUTPUT$/ }],
  [
    "it is cut",
    {
      steps: ['{"city":', { finishReason: "length" }],
      status: "failed",
      code: /^INVALID_OUTPUT$/,
    },
  ],
  ["somebody stops it", { steps: [{ hold: true }], status: "stopped" }],
  [
    "somebody stops it when it is whole",
    { steps: [oslo, { hold: true }], after: ["nothing"], status: "stopped", isTooLate: true },
  ],
  [
    "somebody stops it when it is whole, and was thought about",
    {
      steps: [{ thinking: { text: "Hm." } }, oslo, { hold: true }],
      after: ["nothing"],
      status: "stopped",
      isTooLate: true,
    },
  ],
  ["its process is drained", { steps: [{ hold: true }], status: "interrupted" }],
  ["it waits for an approval", { steps: [call("c2", "ask")], status: "awaiting_approval" }],
];

/** Whether a call tells the model what is wrong with its answer. */
const isTelling = ({ messages }: ChatRequest): boolean =>
  String(messages.at(-1)?.content).includes("does not fit the schema");

/** A model that is asked with the name of its scripts. */
function scriptsByQuestion(all: ReadonlyMap<string, readonly (readonly ScriptStep[])[]>): Scripts {
  const calls = new Map<string, number>();
  return ({ messages }) => {
    const question = String(messages.find(({ role }) => role === "user")?.content);
    const number = calls.get(question) ?? 0;
    calls.set(question, number + 1);
    const script = all.get(question)?.[number];
    if (script === undefined) throw new Error(`Nobody expected call ${number} of ${question}.`);
    return script;
  };
}

describeDatabases((_name, open) => {
  /** Asks for an answer in a chat of its own for each beginning, all at once. */
  async function start(
    scriptsOf: (beginning: (typeof beginnings)[string]) => readonly (readonly ScriptStep[])[],
    names: readonly string[] = Object.keys(beginnings),
    options: AppRouterOptions = {},
  ) {
    const database = await open();
    const drain = createDrain();
    const all = new Map(names.map((name) => [name, scriptsOf(beginnings[name] ?? [])]));
    const settings = { schema, tools: [look, ask], ...options };
    const scene = await startToolScene(database, scriptsByQuestion(all), settings, { drain });
    const answers = await Promise.all(
      names.map(async (name) => {
        const { id: chatId } = await scene.one.chat.create.mutate({});
        return { name, chatId, messageId: await scene.send(name, chatId) };
      }),
    );
    const row = (id: string) => database.prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    return { ...scene, drain, answers, row };
  }

  it.each(incidents)("keeps what readers have when %s", async (_incident, given) => {
    const { steps = [], options, after, status, code = /^/, isTooLate } = given;
    const scene = await start(
      (begun) => [[first, spent], ...begun.slice(0, -1), [...(begun.at(-1) ?? []), ...steps]],
      after,
      options,
    );
    const { answers, provider, drain, one, two } = scene;
    let reading = 0;
    const streams = answers.flatMap(({ messageId }) =>
      [one, two].map((client) =>
        readStream(client, { messageId }, ({ type }) => {
          if (type === "snapshot") reading++;
          return false;
        }),
      ),
    );
    if (status === "stopped" || status === "interrupted") {
      await expect.poll(() => provider.holding).toBe(answers.length);
      await expect.poll(() => reading).toBe(streams.length);
      if (status === "interrupted") await drain.start({ timeout: 0 });
      else
        await Promise.all(
          answers.map(async ({ messageId }) => {
            const stopped = two.chat.stop.mutate({ messageId });
            if (isTooLate) {
              const asked = async () => (await scene.row(messageId)).stopRequestedAt;
              await expect.poll(asked, { interval: 5 }).not.toBeNull();
              provider.release();
            }
            await stopped;
          }),
        );
    }
    const kept = { status, content: first, object: null };
    for (const events of await Promise.all(streams)) {
      const texts = events.map(({ event }) => (event.type === "text" ? event.text : ""));
      expect(first).toContain(texts.join(""));
      expect(endOfStream(events)).toMatchObject(kept);
    }
    for (const { messageId, chatId } of answers) {
      expect(await scene.row(messageId)).toMatchObject(kept);
      for (const client of [one, two]) {
        const message = await scene.read(messageId, client, chatId);
        expect(message).toMatchObject(kept);
        expect(message?.error?.code ?? "").toMatch(code);
        expect(message?.parts.filter(({ type }) => type === "text")).toEqual([
          { type: "text", text: first },
        ]);
      }
    }
  });

  it("tells the model once, also when its correction waits twice", async () => {
    const scene = await start((begun) => [
      [first],
      ...begun.slice(0, -1),
      [...(begun.at(-1) ?? []), call("c2", "ask")],
      ["One more question. ", call("c3", "ask")],
      ["Still no."],
    ]);
    const { one, two } = scene;
    const ends = scene.answers.map(async ({ chatId, messageId }) => {
      await readStream(one, { messageId });
      await two.chat.respondToTool.mutate({ messageId, toolCallId: "c2", approved: true });
      expect(endOfStream(await readStream(two, { messageId }))).toMatchObject({
        status: "awaiting_approval",
        content: `${first}One more question. `,
      });
      await one.chat.respondToTool.mutate({ messageId, toolCallId: "c3", approved: true });
      const ended = endOfStream(await readStream(two, { messageId }));
      expect(ended).toMatchObject({
        status: "failed",
        content: `${first}One more question. Still no.`,
        object: null,
        error: { code: "INVALID_OUTPUT" },
      });
      expect(await scene.read(messageId, two, chatId)).toEqual(ended);
    });
    await Promise.all(ends);
    expect(scene.provider.requests.filter(isTelling)).toHaveLength(scene.answers.length);
  });

  it("has the object of a correction that waited", async () => {
    const scene = await start((begun) => [
      [first],
      ...begun.slice(0, -1),
      [...(begun.at(-1) ?? []), call("c2", "ask")],
      [oslo],
    ]);
    const ends = scene.answers.map(async ({ chatId, messageId }) => {
      await readStream(scene.one, { messageId });
      const approval = { messageId, toolCallId: "c2", approved: true };
      await scene.two.chat.respondToTool.mutate(approval);
      const ended = endOfStream(await readStream(scene.one, { messageId }));
      expect(ended).toMatchObject({ status: "complete", content: oslo, object: { city: "Oslo" } });
      expect(await scene.read(messageId, scene.two, chatId)).toEqual(ended);
    });
    await Promise.all(ends);
  });

  it("does not have an answer corrected that was cut", async () => {
    const cut = { finishReason: "length" };
    const scene = await startToolScene(
      await open(),
      [['{"city":"Os', cut], [oslo, cut], ["Never asked for."]],
      { schema },
    );
    const messageId = await scene.send();
    const failed = {
      status: "failed",
      finishReason: "length",
      content: '{"city":"Os',
      object: null,
      error: { code: "INVALID_OUTPUT" },
    };
    expect(endOfStream(await readStream(scene.one, { messageId }))).toMatchObject(failed);
    expect(await scene.read(messageId)).toMatchObject(failed);
    expect(scene.provider.requests).toHaveLength(1);
    expect(scene.failures).toMatchObject([
      { error: { message: expect.stringMatching(/cut at the limit .* `maxTokens`/) } },
    ]);

    const whole = await scene.send("Again");
    expect(endOfStream(await readStream(scene.one, { messageId: whole }))).toMatchObject({
      status: "complete",
      finishReason: "length",
      object: { city: "Oslo" },
    });
    expect(scene.provider.requests).toHaveLength(2);
  });
});
