import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z as zod4 } from "zod";
import { z as zod3 } from "zod/v3";

import { createChat } from "node-llm-trpc/orm";
import type { ChatEvent } from "node-llm-trpc/server";
import { defineTool } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { takeOver } from "../support/databases/take-over.ts";
import { endOfStream } from "../support/servers/start-approval-scene.ts";
import { startToolScene } from "../support/servers/start-tool-scene.ts";

const schemas = [
  ["zod 4", zod4.object({ city: zod4.string(), celsius: zod4.number().transform(Math.round) })],
  ["zod 3", zod3.object({ city: zod3.string(), celsius: zod3.number().transform(Math.round) })],
] as const;
const [[, schema]] = schemas;

const oslo = '{"city":"Oslo","celsius":3.2}';
const value = { city: "Oslo", celsius: 3 };

const objectsOf = (events: readonly { readonly event: ChatEvent }[]): readonly unknown[] =>
  events.flatMap(({ event }) => (event.type === "object" ? [event.object] : []));

describeDatabases((_database, open) => {
  const start = async (
    scripts: readonly (readonly ScriptStep[])[],
    options: object = {},
    database?: TestDatabase,
  ) => startToolScene(database ?? (await open()), scripts, { schema, ...options });

  it.each(schemas)(
    "has what can be read while it streams, and the value at its end (%s)",
    async (_library, used) => {
      const database = await open();
      const scene = await start(
        [['{"city":"Os', { hold: true }, 'lo","celsius":3.2}']],
        { schema: used },
        database,
      );
      const messageId = await scene.send();
      await scene.provider.waitForHold();
      const so = { object: { city: "Os" }, status: "streaming" };
      await expect.poll(() => scene.read(messageId, scene.one)).toMatchObject(so);
      await expect.poll(() => scene.read(messageId, scene.two)).toMatchObject(so);
      const streams = [scene.one, scene.two].map((client) => readStream(client, { messageId }));
      scene.provider.release();
      for (const events of await Promise.all(streams)) {
        expect(endOfStream(events)).toMatchObject({
          status: "complete",
          content: oslo,
          object: value,
          error: null,
        });
      }
      expect(await scene.read(messageId)).toMatchObject({ object: value });
      expect(scene.provider.requests).toHaveLength(1);
      expect(scene.provider.requests[0]?.response_format).toMatchObject({ type: "json_schema" });
    },
  );

  it("grows, and never goes back", async () => {
    const long = JSON.stringify({ city: "Oslo ".repeat(400), celsius: 1 });
    const pieces = long.match(/.{1,20}/gs) ?? [];
    const scene = await start([[{ text: pieces, delayMs: 2 }]]);
    const messageId = await scene.send();
    const events = await readStream(scene.one, { messageId });
    const lengths = objectsOf(events).map((object) => JSON.stringify(object).length);
    expect(lengths.length).toBeGreaterThan(2);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    // The growth of a 64th bounds what is sent.
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(66 * long.length);
    expect(endOfStream(events)).toMatchObject({ status: "complete" });
  });

  it("tells the model once what is wrong, in the same answer and its ledger", async () => {
    const wrong = '{"city":"Oslo","celsius":"cold"}';
    const scene = await start([[wrong], [oslo]]);
    const messageId = await scene.send();
    const events = await readStream(scene.one, { messageId });
    expect(endOfStream(events)).toMatchObject({ status: "complete", content: oslo, object: value });
    const [, corrected] = scene.provider.requests;
    expect(corrected?.messages.slice(-2)).toMatchObject([
      { role: "assistant", content: wrong },
      { role: "user", content: expect.stringMatching(/does not fit the schema: celsius: /) },
    ]);
    expect(await scene.read(messageId)).toMatchObject({ content: oslo, object: value });
    const { groups } = await scene.one.chat.usage.query({ groupBy: "chat" });
    expect(groups).toMatchObject([{ requests: 2, errors: 0 }]);
    const { items } = await scene.two.chat.messages.query({ chatId: scene.chatId });
    expect(items).toHaveLength(2);
  });

  it.each([
    ["text", "I would rather talk about it."],
    ["an object that does not fit", "{}"],
    ["half of an object", '{"city":"Oslo"'],
    ["too many levels", `{"city":"Oslo","celsius":1,"x":${"[".repeat(200)}${"]".repeat(200)}}`],
  ])("fails when the model does not learn it: %s", async (_name, text) => {
    const scene = await start([[text], [text], [oslo]]);
    const messageId = await scene.send();
    const ended = endOfStream(await readStream(scene.one, { messageId }));
    const failed = {
      status: "failed",
      object: null,
      content: text,
      error: { code: "INVALID_OUTPUT", retryable: true },
    };
    expect(ended).toMatchObject(failed);
    expect(await scene.read(messageId)).toMatchObject(failed);
    expect(scene.provider.requests).toHaveLength(2);
    expect(scene.failures).toMatchObject([{ task: "answer", error: { code: "INVALID_OUTPUT" } }]);

    const { assistantMessage } = await scene.two.chat.regenerate.mutate({ messageId });
    const again = await readStream(scene.two, { messageId: assistantMessage.id });
    expect(endOfStream(again)).toMatchObject({ status: "complete", object: value });
  });

  it("reads JSON in a block of Markdown, which models write that know no schemas", async () => {
    const scene = await start([["```json\n", oslo, "\n```"]]);
    const messageId = await scene.send();
    expect(endOfStream(await readStream(scene.one, { messageId }))).toMatchObject({
      status: "complete",
      object: value,
    });
  });

  it("has no object when the model refuses", async () => {
    const scene = await start([["I cannot help with that.", { finishReason: "refusal" }]]);
    const messageId = await scene.send();
    expect(endOfStream(await readStream(scene.one, { messageId }))).toMatchObject({
      content: "I cannot help with that.",
      object: null,
    });
    expect(scene.provider.requests).toHaveLength(1);
  });

  describe("with tools", () => {
    const look = { toolCall: { id: "c1", name: "look", arguments: {} } };
    const lookTool = (needsApproval = false) =>
      defineTool({
        name: "look",
        description: "Looks",
        inputSchema: zod4.object({}),
        needsApproval,
        execute: () => "3.2 degrees",
      });

    it("reads what follows the last call, and corrects it with the calls in place", async () => {
      const scene = await start([["Let me look. ", look], ["3.2 in Oslo"], [oslo]], {
        tools: [lookTool()],
      });
      const messageId = await scene.send();
      const ended = endOfStream(await readStream(scene.one, { messageId }));
      expect(ended).toMatchObject({ status: "complete", content: oslo, object: value });
      expect(ended?.toolCalls).toMatchObject([{ status: "complete", result: "3.2 degrees" }]);
      const roles = scene.provider.requests[2]?.messages.map(({ role }) => role);
      expect(roles).toEqual(["user", "assistant", "tool", "assistant", "user"]);
    });

    it("lets the model look again while it corrects", async () => {
      const scene = await start([["wrong"], ["Let me look. ", look], [oslo]], {
        tools: [lookTool()],
      });
      const messageId = await scene.send();
      const ended = endOfStream(await readStream(scene.one, { messageId }));
      expect(ended).toMatchObject({ status: "complete", content: oslo, object: value });
      expect(ended?.parts.map(({ type }) => type)).toEqual(["tool", "text"]);
    });

    it("also after an approval, on another instance", async () => {
      const scene = await start([["Look. ", look], [oslo]], { tools: [lookTool(true)] });
      const messageId = await scene.send();
      const waiting = endOfStream(await readStream(scene.one, { messageId }));
      expect(waiting).toMatchObject({ status: "awaiting_approval", object: null });
      await scene.two.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
      const ended = endOfStream(await readStream(scene.one, { messageId }));
      expect(ended).toMatchObject({ status: "complete", content: oslo, object: value });
    });
  });

  it("keeps no half of an object: stopped, interrupted, or lost while it is corrected", async () => {
    const database = await open();
    const scene = await start(
      [
        ['{"city":"Os', { hold: true }, 'lo","celsius":3}'],
        ["no", { error: new Error("down") }],
        ["wrong"],
        ['{"city":"B', { hold: true }, 'ergen","celsius":3}'],
      ],
      {},
      database,
    );
    const stopped = await scene.send();
    await scene.provider.waitForHold();
    await scene.two.chat.stop.mutate({ messageId: stopped });
    expect(endOfStream(await readStream(scene.one, { messageId: stopped }))).toMatchObject({
      status: "stopped",
      content: '{"city":"Os',
      object: null,
    });
    const failed = await scene.send("Again");
    expect(endOfStream(await readStream(scene.one, { messageId: failed }))).toMatchObject({
      status: "failed",
      object: null,
    });
    const lost = await scene.send("Once more");
    await scene.provider.waitForHold();
    const saved = { messageId: lost, kind: "text" };
    await expect
      .poll(() => database.prisma.llmMessageChunk.count({ where: saved }))
      .toBeGreaterThan(0);
    await takeOver(database.prisma);
    scene.provider.release();
    expect(endOfStream(await readStream(scene.two, { messageId: lost }))).toMatchObject({
      status: "interrupted",
      content: "wrong",
      object: null,
    });
  });

  it("gives records of `orm` what the schema made of them", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([[oslo], [oslo], ["no JSON"], ["A text."]]);
    const chat = await createChat(prisma, createLLM({ provider }), { schema });
    expect((await chat.ask("One")).parsed).toEqual(value);
    const stream = chat.askStream("Two");
    for (;;) {
      const { done, value: row } = await stream.next();
      if (done !== true) continue;
      expect(row.parsed).toEqual(value);
      break;
    }
    // As in NodeLLM, nobody is told: `SchemaSelfCorrectionMiddleware` does that.
    expect(await chat.ask("Three")).toMatchObject({ content: "no JSON", parsed: null });
    expect(await chat.withSchema(null).ask("Four")).toMatchObject({ parsed: null });
    expect((await chat.messages()).map(({ parsed }) => parsed)).toEqual([
      null,
      value,
      null,
      value,
      null,
      null,
      null,
      null,
    ]);
  });
});
