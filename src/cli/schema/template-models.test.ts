import { expect, it } from "vitest";

import {
  extendedModels,
  specificationModels,
} from "../../../test/support/databases/specification-models.ts";
import { Database } from "../../orm/database/database.ts";
import type { PrismaClientLike } from "../../orm/database/client/prisma-client-like.ts";
import { modelNames } from "../../orm/database/client/table-names.ts";
import { completeNames, defaultModelNames } from "./model-names.ts";
import { parseSchema } from "./parse-schema.ts";
import { renderModel } from "./render-model.ts";
import type { TemplateField } from "./template-models.ts";
import { fieldsOf, templateModels } from "./template-models.ts";

const sqlite = { provider: "sqlite", name: "db" } as const;
const mysql = { provider: "mysql", name: "main" } as const;

const signature = ({ name, type, isList, isOptional }: TemplateField): string =>
  `${name} ${type}${isList ? "[]" : ""}${isOptional ? "?" : ""}`;

it("renders the package's own schema character for character", () => {
  const text = templateModels(defaultModelNames, sqlite)
    .map((model) => `${renderModel(model).join("\n")}\n`)
    .join("\n");
  expect(text).toBe(extendedModels);
});

it("keeps every column of the specification, with its type and attributes", () => {
  const models = templateModels(defaultModelNames, sqlite);
  for (const block of parseSchema(specificationModels)) {
    const fields = models.filter(({ name }) => name === block.name).flatMap(fieldsOf);
    const own = new Map(fields.map((field) => [signature(field), field.attributes]));
    for (const { name, type, isList, isOptional, attributes } of block.fields) {
      const line = `${name} ${type}${isList ? "[]" : ""}${isOptional ? "?" : ""}`;
      expect(own.get(line), `${block.name}.${name}`).toBe(attributes);
    }
  }
});

it("adds only columns that are valid for existing rows", () => {
  const specified = parseSchema(specificationModels);
  for (const model of templateModels(defaultModelNames, sqlite)) {
    const known = specified.find(({ name }) => name === model.name);
    if (known === undefined) continue;
    const names = new Set(known.fields.map(({ name }) => name));
    for (const field of fieldsOf(model).filter(({ name }) => !names.has(name))) {
      const isHarmless = field.isOptional || field.isList || field.attributes.includes("@default(");
      expect(isHarmless, `${model.name}.${field.name}`).toBe(true);
    }
  }
});

it("adds the columns that the persistence layer requires, and one optional column", () => {
  const specified = parseSchema(specificationModels);
  const delegates = specified.map(({ name, fields }) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    { fields: Object.fromEntries(fields.map((field) => [field.name, {}])) },
  ]);
  // The constructor reads nothing else from a client.
  const client = { ...Object.fromEntries(delegates), $connect: () => {} } as PrismaClientLike;
  const added = templateModels(defaultModelNames, sqlite).flatMap((model) => {
    const known = specified.find(({ name }) => name === model.name);
    if (known === undefined) return [model.name];
    const names = new Set(known.fields.map(({ name }) => name));
    return fieldsOf(model)
      .filter(({ name, target }) => target === null && !names.has(name))
      .map(({ name }) => `${model.name}.${name}`);
  });
  expect(added.toSorted()).toEqual(
    [...new Set(Database.open(client).missing.flatMap((feature) => feature.missing))].toSorted(),
  );
});

it.each([{}, { message: "Note" }, { chat: "Talk", message: "Note", chunk: "Piece" }])(
  "names the models as the persistence layer does: %j",
  (given) => {
    // Only agents need this one, so it is not in the template.
    const { agentSession: _agentSession, ...names } = modelNames(given);
    expect(completeNames(given)).toEqual(names);
  },
);

it("uses long text types on MySQL, with the datasource's name and without default values", () => {
  const fields = templateModels(defaultModelNames, mysql).flatMap((model) =>
    fieldsOf(model).map((field) => [`${model.role}.${field.name}`, field.attributes] as const),
  );
  const attributes = new Map<string, string>(fields);
  expect(attributes.get("message.content")).toBe("@main.LongText");
  expect(attributes.get("toolCall.arguments")).toBe("@main.LongText");
  expect(attributes.get("chunk.text")).toBe("@main.LongText");
  expect(attributes.get("message.role")).toBe("");
  const indexed = templateModels(defaultModelNames, mysql).flatMap((model) =>
    model.attributes.flatMap((line) =>
      (/\[(.*)\]/.exec(line)?.[1] ?? "").split(/,\s*/).map((name) => `${model.role}.${name}`),
    ),
  );
  for (const name of indexed) expect(attributes.get(name), name).not.toContain("Text");
});

it("uses the project's names in relations too", () => {
  const names = completeNames({ chat: "Talk", message: "Note" });
  const text = templateModels(names, sqlite)
    .map((model) => renderModel(model).join("\n"))
    .join("\n")
    .replace(/\/\/.*/g, "");
  expect(text).toContain("model NoteChunk {");
  expect(text).toMatch(/messages Note\[\]/);
  expect(text).not.toMatch(/Llm(Chat|Message)\b/);
});

it("gives every column with JSON of any length a long type on MySQL", () => {
  const models = templateModels(defaultModelNames, { provider: "mysql", name: "db" });
  const json = models.flatMap((model) =>
    fieldsOf(model).filter(({ type, comment }) => type === "String" && /\bJSON\b/.test(comment)),
  );
  expect(json.length).toBeGreaterThan(4);
  for (const { name, attributes } of json)
    expect([name, attributes]).toEqual([name, expect.stringMatching(/@db\.(Long)?Text/)]);
});
