import { createLLM } from "@node-llm/core";
import { beforeAll, describe, expect, it } from "vitest";

import type { ChatStats, TableNames } from "node-llm-trpc/orm";
import { createChat, inspectSchema, loadChat } from "node-llm-trpc/orm";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Row } from "../../../src/orm/database/client/prisma-client-like.ts";
import { describeMigrated } from "../../support/databases/describe-databases.ts";
import { readText } from "../../support/clients/read-text.ts";
import type { SchemaDatabase } from "../../support/databases/describe-schema.ts";
import { openSchemaDatabase } from "../../support/databases/describe-schema.ts";
import type { SchemaVariant } from "../../support/databases/schema-variants.ts";
import { additions, schemaVariants } from "../../support/databases/schema-variants.ts";
import { failureOf } from "../../support/failure-of.ts";
import { tool } from "../../support/providers/tool.ts";

const usage = { usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19, cost: 0.5 } };
const busy = Object.assign(new Error("busy"), { status: 503 });
const look = (id: string, at: string): ScriptStep => ({
  toolCall: { id, name: "look", arguments: { at } },
});

describe("any schema", () => {
  describeMigrated((name) => {
    const variants = schemaVariants(name, 12);
    let database: SchemaDatabase;
    // All of them are in one schema and one database, under names of their own.
    beforeAll(async () => {
      const opened = await openSchemaDatabase(
        variants.map(({ models }) => models).join("\n"),
        name,
      );
      database = opened.database;
      return () => opened.close();
    }, 120_000);

    it("is one of more than forty", () => {
      expect(variants.length).toBeGreaterThan(40);
      expect(additions.length).toBeGreaterThan(15);
    });

    it.each(variants.map((variant) => [variant.title, variant] as const))(
      "%s",
      async (_, variant) => {
        expect(await tryVariant(database, variant)).toEqual({
          input_tokens: 60,
          output_tokens: 35,
          total_tokens: 95,
          cost: 2.5,
        });
      },
    );
  });
});

/** The role of each further model of this package. */
const roles: Readonly<Record<string, keyof TableNames>> = {
  LlmMessageChunk: "chunk",
  LlmUsage: "usage",
  LlmUsageDay: "usageDay",
  LlmAccount: "account",
  LlmAttachment: "attachment",
  LlmStoredFile: "storedFile",
};

/** Runs a whole chat in the variant. Returns what it has used. */
async function tryVariant(database: SchemaDatabase, variant: SchemaVariant): Promise<ChatStats> {
  const { prisma, model } = database;
  const { tableNames, kept, dropped, name } = variant;
  const rows = (table: string): Promise<Row[]> =>
    model(name(table)).findMany({ where: {}, orderBy: { createdAt: "asc" } });

  // One call says exactly what is missing.
  const { missing, models } = inspectSchema(prisma, { tableNames });
  const found = missing.flatMap((feature) => feature.missing);
  const shown = [...dropped].map((addition) => {
    const [table = "", column] = addition.split(".");
    // Nobody knows what a model that does not exist would be called.
    if (column === undefined) return models[roles[table] ?? "chunk"];
    return `${name(table)}.${column}`;
  });
  expect([...new Set(found)].toSorted()).toEqual(shown.toSorted());
  const lacks = (feature: string): boolean => missing.some((entry) => entry.feature === feature);

  const provider = createScriptedProvider([
    ["First.", usage],
    ["Second.", usage],
    [{ thinking: { text: "Hm." } }, "Third", { text: [" in ", "pieces."] }, usage],
    ["Let me look. ", look("c1", "a"), look("c2", "b"), usage],
    ["Seen.", usage],
    [{ error: busy }],
    ["Left ", { hold: true }, "over"],
    [{ hold: true }, "Last."],
    ["Also."],
  ]);
  const llm = createLLM({ provider, retry: { attempts: 1 } });
  const columns = { title: "A title", userId: "u1", temperature: 0.5 };
  const own = Object.entries(columns).filter(([column]) => kept.has(`LlmChat.${column}`));
  const created = await createChat(prisma, llm, {
    tableNames,
    model: "scripted-model",
    instructions: "Be brief.",
    metadata: { source: "test" },
    ...Object.fromEntries(own),
  });
  expect(await rows("LlmChat")).toMatchObject([
    {
      id: created.id,
      instructions: "Be brief.",
      metadata: { source: "test" },
      ...Object.fromEntries(own),
    },
  ]);
  const chat = await loadChat(prisma, llm, created.id, { tableNames });
  chat.withTool(tool("look", async (args) => JSON.stringify(args)));

  // ask → ask → askStream → tools
  expect(await chat.ask("One")).toMatchObject({ content: "First.", inputTokens: 12 });
  expect(await chat.ask("Two")).toMatchObject({ content: "Second." });
  expect(await readText(chat.askStream("Three"))).toBe("Third in pieces.");
  expect(await chat.ask("Four")).toMatchObject({ content: "Let me look. Seen." });
  const toolTurn = provider.requests[4]?.messages ?? [];
  expect(toolTurn.slice(-3)).toMatchObject([
    { role: "assistant", tool_calls: [{ id: "c1" }, { id: "c2" }] },
    { role: "tool", tool_call_id: "c1", content: '{"at":"a"}' },
    { role: "tool", tool_call_id: "c2", content: '{"at":"b"}' },
  ]);

  // rollback, and a reader that leaves
  expect(await failureOf(chat.ask("Five"))).toBe(busy);
  for await (const { content } of chat.askStream("Six")) if (content === "Left ") break;

  // Two at once: refused where the database can hold a lock, and otherwise both answered.
  const waiting = chat.ask("Seven");
  await provider.waitForHold();
  // Without the log, nobody can tell whether the answer is still being produced.
  const placeholder = (await chat.messages()).at(-1);
  if (kept.has("LlmMessage.status"))
    expect(placeholder?.status).toBe(lacks("turns") ? "interrupted" : "pending");
  const second: unknown = await chat.ask("Eight").catch((error: unknown) => error);
  expect(second).toMatchObject(lacks("turns") ? { content: "Also." } : { code: "CONFLICT" });
  provider.release();
  await waiting;

  const messages = await chat.messages();
  const last = lacks("turns") ? ["Seven", "Last.", "Eight", "Also."] : ["Seven", "Last."];
  expect(messages.map((row) => row.content)).toEqual([
    "One",
    "First.",
    "Two",
    "Second.",
    "Three",
    "Third in pieces.",
    "Four",
    "Let me look. Seen.",
    "Five",
    "Six",
    "Left ",
    ...last,
  ]);

  // The next question gets all of it, with the tool calls.
  const asked = provider.requests[7]?.messages ?? [];
  const before = lacks("parts")
    ? [{ role: "assistant", content: null }]
    : [{ role: "assistant", content: "Let me look. " }];
  const after = lacks("parts") ? "Let me look. Seen." : "Seen.";
  expect(asked).toMatchObject([
    { role: "system", content: "Be brief." },
    ...pairs(["One", "First."], ["Two", "Second."], ["Three", "Third in pieces."]),
    { role: "user", content: "Four" },
    { ...before[0], tool_calls: [{ id: "c1" }, { id: "c2" }] },
    { role: "tool", tool_call_id: "c1" },
    { role: "tool", tool_call_id: "c2" },
    { role: "assistant", content: after },
    { role: "user", content: "Five" },
    ...pairs(["Six", "Left "]),
    { role: "user", content: "Seven" },
  ]);

  // Each addition that is there is filled, as in a schema that has them all.
  const answers = messages.filter((row) => row.role === "assistant");
  const has = (addition: string): boolean => kept.has(addition);
  if (has("LlmMessage.position")) {
    const positions = messages.map((row) => row.position ?? 0);
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
    expect(positions[0]).toBe(1);
    if (has("LlmChat.lastPosition"))
      expect((await rows("LlmChat"))[0]?.["lastPosition"]).toBe(Math.max(...positions));
  }
  if (has("LlmMessage.parentId"))
    expect(messages.slice(1, -2).map((row) => row.parentId)).toEqual(
      messages.slice(0, -3).map((row) => row.id),
    );
  if (has("LlmMessage.active")) for (const row of messages) expect(row.active).toBe(true);
  if (has("LlmMessage.status"))
    expect(messages.slice(0, 11).map((row) => row.status)).toEqual([
      ...Array.from({ length: 10 }, () => "complete"),
      "stopped",
    ]);
  if (has("LlmMessage.turnLock")) for (const row of messages) expect(row.turnLock).toBeNull();
  if (has("LlmMessage.cost"))
    expect(answers.slice(0, 4).map((row) => row.cost)).toEqual([0.5, 0.5, 0.5, 1]);
  if (has("LlmMessage.finishedAt"))
    for (const row of answers) expect(row.finishedAt).toBeInstanceOf(Date);
  if (has("LlmMessage.parts")) expect(answers[3]?.parts).toContain('["tool","c1"]');
  const calls = (await rows("LlmToolCall")).toSorted((a, b) =>
    String(a["toolCallId"]).localeCompare(String(b["toolCallId"])),
  );
  expect(calls).toMatchObject([{ result: '{"at":"a"}' }, { result: '{"at":"b"}' }]);
  if (has("LlmToolCall.position")) expect(calls.map((call) => call["position"])).toEqual([0, 1]);
  if (has("LlmToolCall.status"))
    expect(calls.map((call) => call["status"])).toEqual(["complete", "complete"]);
  const failed = (await rows("LlmRequest")).filter((row) => row["statusCode"] === 503);
  expect(failed).toMatchObject([
    {
      messageId: null,
      chatId: chat.id,
      ...(has("LlmRequest.errorCode") ? { errorCode: "OVERLOADED" } : {}),
    },
  ]);

  return chat.stats();
}

function pairs(...turns: readonly (readonly [string, string])[]) {
  return turns.flatMap(([question, answer]) => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]);
}
