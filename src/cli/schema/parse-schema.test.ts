import { expect, it } from "vitest";

import {
  extendedModels,
  specificationModels,
} from "../../../test/support/databases/specification-models.ts";
import { parseSchema } from "./parse-schema.ts";

it("reads the specification's models", () => {
  const blocks = parseSchema(specificationModels);
  expect(blocks.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "model LlmChat",
    "model LlmMessage",
    "model LlmToolCall",
    "model LlmRequest",
  ]);
  const counts = blocks.map(({ fields, attributes }) => [fields.length, attributes.length]);
  expect(counts).toEqual([
    [9, 0],
    [17, 0],
    [10, 1],
    [13, 0],
  ]);
});

it("reads a field with everything that its line may contain", () => {
  const [block] = parseSchema(
    `model A {\n  text String? @default("// { not a comment }") @db.Text // a } comment\n}`,
  );
  expect(block?.fields).toMatchObject([
    {
      name: "text",
      type: "String",
      isList: false,
      isOptional: true,
      attributes: '@default("// { not a comment }") @db.Text',
      comment: "// a } comment",
    },
  ]);
});

it("reads attributes that span several lines, with comments in between", () => {
  const [block] = parseSchema(
    `model A {
  id Int @id
  b  B   @relation(
    fields: [bId], // why
    references: [id]
  )
  bId Int

  @@index([
    bId, /* and
    } */ id
  ])
}`,
  );
  expect(block?.fields.map(({ name }) => name)).toEqual(["id", "b", "bId"]);
  expect(block?.attributes.map(({ code }) => code.replace(/\s+/g, ""))).toEqual([
    "@@index([bId,id])",
  ]);
});

it("ignores models in comments", () => {
  const text = `// model A {\n/// model B {\n/* model C {\n} */\nmodel D {\n  // x String\n  /// y String\n}`;
  const blocks = parseSchema(text);
  expect(blocks).toMatchObject([{ kind: "model", name: "D", fields: [] }]);
  expect(text.slice(blocks[0]?.start)).toMatch(/^model D/);
});

it("reads settings, enums, views and unsupported types", () => {
  const blocks = parseSchema(
    `datasource pg {\r\n  provider = "postgresql" // here\r\n  url = env("DATABASE_URL")\r\n}\r\n` +
      `enum Role {\r\n  USER\r\n  ADMIN @map("admin")\r\n}\r\nview V {\r\n  id Int @unique\r\n}\r\n` +
      `model P {\r\n  at Unsupported("point")?\r\n  tags String[]\r\n}\r\n`,
  );
  expect(blocks.map(({ kind }) => kind)).toEqual(["datasource", "enum", "view", "model"]);
  expect([...(blocks[0]?.settings ?? [])]).toEqual([["provider", "postgresql"]]);
  expect(blocks[3]?.fields).toMatchObject([
    { type: 'Unsupported("point")', isOptional: true },
    { type: "String", isList: true },
  ]);
});

it("returns positions in the original text", () => {
  for (const { bodyEnd, start, name, fields } of parseSchema(extendedModels)) {
    expect(extendedModels.slice(start)).toMatch(new RegExp(`^model ${name} \\{`));
    expect(extendedModels.charAt(bodyEnd)).toBe("}");
    for (const field of fields) {
      expect(extendedModels.slice(field.start, field.end)).toBe(field.code);
      expect(extendedModels.charAt(field.lineEnd)).toBe("\n");
    }
  }
});

it("survives a schema that is cut off", () => {
  for (let length = 0; length < extendedModels.length; length += 43) {
    expect(() => parseSchema(extendedModels.slice(0, length))).not.toThrow();
  }
});
