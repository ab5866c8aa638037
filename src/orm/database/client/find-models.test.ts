import { expect, it } from "vitest";

import { Database } from "../database.ts";
import { findModelNames } from "./find-models.ts";
import type { PrismaInternals } from "./prisma-client-like.ts";

const message = ["chatId", "role", "content", "chat:Talk"];
const log = ["messageId", "seq", "kind", "text", "message:Note"];
const schema = {
  Talk: ["id", "notes:Note", "bills:Bill"],
  Note: message,
  Usage: ["messageId", "toolCallId", "arguments", "note:Note"],
  Bill: ["chatId", "provider", "statusCode", "talk:Talk"],
  LlmMessageChunk: log,
  File: ["messageId", "mediaType", "isStored", "note:Note"],
  Upload: ["key", "attachmentId", "file:File"],
};

it.each([
  ["by their relations", schema, { chat: "Talk" }],
  [
    "beside unrelated models of the usual names",
    { ...schema, LlmMessage: ["role"] },
    { chat: "talk" },
  ],
  [
    "under the usual name among several",
    { ...schema, NoteChunk: log, Spare: log },
    { chat: "Talk" },
  ],
  ["as they are named", schema, { chat: "Talk", message: "Note", chunk: "LlmMessageChunk" }],
])("finds models %s", (_, fields, given) => {
  expect(findModelNames(clientOf(fields), given)).toMatchObject({
    chat: "Talk",
    message: "Note",
    toolCall: "Usage",
    request: "Bill",
    chunk: "NoteChunk" in fields ? "NoteChunk" : "LlmMessageChunk",
    attachment: "File",
    storedFile: "Upload",
  });
});

it("uses the usual names where no relation leads to a model", () => {
  expect(
    findModelNames(clientOf({ Talk: ["id"] }), { chat: "Talk", message: "Note" }),
  ).toMatchObject({
    chat: "Talk",
    message: "Note",
    toolCall: "LlmToolCall",
    request: "LlmRequest",
    chunk: "NoteChunk",
    attachment: "LlmAttachment",
    storedFile: "LlmStoredFile",
  });
});

it("refuses a client of Prisma 8 in words", () => {
  const done = () => Promise.resolve();
  const prisma = { $connect: done, $disconnect: done };
  const prisma8 = { ...prisma, orm: {}, sql: {}, transaction: done };
  const refusal = (text: RegExp): unknown =>
    expect.objectContaining({ code: "CONFIGURATION", message: expect.stringMatching(text) });
  expect(() => Database.open(prisma8)).toThrow(refusal(/client of Prisma 8.*6\.16 or 7/));
  expect(() => Database.open(prisma)).toThrow(refusal(/no model "LlmChat"/));
});

it("asks for a name when several models may be meant", () => {
  const client = clientOf({ ...schema, Spare: log });
  expect(() => findModelNames(client, { chat: "Talk" })).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION",
      message: expect.stringMatching(
        /belong to "Note" .*: LlmMessageChunk, Spare\. .* tableNames\.chunk\./,
      ),
    }),
  );
});

/** @param fieldsOf the fields of each model; `name:Model` is a relation. */
function clientOf(fieldsOf: Readonly<Record<string, readonly string[]>>): PrismaInternals {
  const models = Object.entries(fieldsOf).map(([name, fields]) => [
    name,
    {
      fields: fields.map((field) => {
        const [own = "", target] = field.split(":");
        return target === undefined
          ? { name: own, kind: "scalar", type: "String" }
          : { name: own, kind: "object", type: target };
      }),
    },
  ]);
  // Nothing else of a client is read.
  return { _runtimeDataModel: { models: Object.fromEntries(models) } } as PrismaInternals;
}
