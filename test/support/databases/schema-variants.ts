import type { TableNames } from "node-llm-trpc/orm";
import type { SchemaBlock } from "../../../src/cli/schema/parse-schema.ts";
import { parseSchema } from "../../../src/cli/schema/parse-schema.ts";
import { SeededRandom } from "../seeded-random.ts";
import type { DatabaseName } from "./describe-databases.ts";
import { extendedModels, mapModels, specificationModels } from "./specification-models.ts";

/** One schema out of many: the specification's models with some of the additions. */
export interface SchemaVariant {
  readonly title: string;
  /** The additions that it has, as `LlmModel.column` or `LlmModel`. */
  readonly kept: ReadonlySet<string>;
  /** Those that it lacks. */
  readonly dropped: ReadonlySet<string>;
  /** The text of its models, which have names of their own. */
  readonly models: string;
  /** The names of the models that are passed to the library. It finds the others by their relations. */
  readonly tableNames: TableNames;
  /** The name that one of our models has in this schema. */
  readonly name: (model: string) => string;
}

const extended = parseSchema(extendedModels);
const specified = parseSchema(specificationModels);

/** Everything that this package adds to the specification: columns of its models, and further models. */
export const additions: readonly string[] = extended.flatMap((model) => {
  const known = specified.find(({ name }) => name === model.name);
  if (known === undefined) return [model.name];
  const names = new Set(known.fields.map(({ name }) => name));
  return model.fields
    .filter(({ name, type }) => !names.has(name) && !isModel(type))
    .map(({ name }) => `${model.name}.${name}`);
});

/**
 * Schemas with none of the additions, with all of them, with each one alone, without each one, and with random ones.
 * Every third one maps its models to other names in the database, and on PostgreSQL to another schema.
 */
export function schemaVariants(
  database: DatabaseName,
  randomCount: number,
): readonly SchemaVariant[] {
  const random = new SeededRandom("schema variants");
  const without = (one: string): string[] => additions.filter((addition) => addition !== one);
  const choices: readonly (readonly [title: string, kept: readonly string[]])[] = [
    ["no additions", []],
    ["all additions", additions],
    ...additions.map((one) => [`only ${one}`, [one]] as const),
    ...additions.map((one) => [`all but ${one}`, without(one)] as const),
    ...Array.from({ length: randomCount }, (_, index) => {
      const share = random.next();
      return [`random ${index + 1}`, additions.filter(() => random.chance(share))] as const;
    }),
  ];
  return choices.map(([title, kept], index) => createVariant(title, kept, index, database));
}

function createVariant(
  title: string,
  keptAdditions: readonly string[],
  index: number,
  database: DatabaseName,
): SchemaVariant {
  const kept = new Set(keptAdditions);
  const dropped = new Set(additions.filter((addition) => !kept.has(addition)));
  const prefix = `V${index}`;
  // Further models keep a name of their own, which no convention leads to.
  const name = (model: string): string =>
    specified.some((known) => known.name === model)
      ? model.replace("Llm", prefix)
      : model.replace("Llm", `${prefix}Own`);
  const text = extended
    .filter((model) => !dropped.has(model.name))
    .map((model) => renderModel(model, dropped, name))
    .join("\n");
  // No relation leads to these.
  const own = {
    usage: "LlmUsage",
    usageDay: "LlmUsageDay",
    account: "LlmAccount",
    ...(dropped.has("LlmAttachment") && { storedFile: "LlmStoredFile" }),
  };
  const unrelated: TableNames = Object.fromEntries(
    Object.entries(own)
      .filter(([, model]) => kept.has(model))
      .map(([role, model]) => [role, name(model)]),
  );
  const isMapped = index % 3 === 1;
  const schema = index % 2 === 1 ? "ai" : "public";
  const place = database === "postgresql" ? schema : undefined;
  return {
    title: `${prefix}: ${title}${isMapped ? ", mapped" : ""}`,
    kept,
    dropped,
    models: isMapped ? mapModels(text, place) : placeModels(text, place),
    tableNames:
      index % 2 === 0
        ? { chat: name("LlmChat"), ...unrelated }
        : {
            ...unrelated,
            chat: name("LlmChat"),
            message: name("LlmMessage"),
            toolCall: name("LlmToolCall"),
            request: name("LlmRequest"),
          },
    name,
  };
}

function renderModel(
  model: SchemaBlock,
  dropped: ReadonlySet<string>,
  name: (model: string) => string,
): string {
  const isDropped = (column: string): boolean => dropped.has(`${model.name}.${column}`);
  const fields = model.fields.filter((field) => !isDropped(field.name) && !dropped.has(field.type));
  const attributes = model.attributes.filter(({ code }) => {
    const list = /\[([^\]]*)\]/.exec(code)?.[1] ?? "";
    return !list.split(",").some((column) => isDropped(column.trim()));
  });
  const lines = [...fields, ...attributes].map(({ code }) => `  ${code}`);
  const own = `model ${model.name} {\n${lines.join("\n")}\n}\n`;
  return own.replaceAll(/\bLlm[A-Z]\w*/g, (word) => (isModel(word) ? name(word) : word));
}

function placeModels(models: string, schema: string | undefined): string {
  return schema === undefined ? models : models.replaceAll(/^\}/gm, `  @@schema("${schema}")\n}`);
}

function isModel(name: string): boolean {
  return extended.some((model) => model.name === name);
}
