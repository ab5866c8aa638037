import type { ChatOptions } from "@node-llm/core";
import { Schema, z as coreZod } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../../chat/chat-error.ts";
import { requireObject } from "./require-object.ts";
import type { Checked, StandardSchema } from "./standard-schema.ts";
import { describeStandard, isStandardSchema } from "./standard-schema.ts";
import { isZod3, isZod4 } from "./is-zod.ts";
import { asCoreZod, convertZod3, toCheck } from "./tool-parameters.ts";

/** The JSON Schema of those schemas that core can check answers with, and cannot describe to a model. */
const described = new WeakMap<Schema, Record<string, unknown>>();

/** The schemas of the app by what core knows of them. */
const originals = new WeakMap<Schema, unknown>();

/**
 * Converts a schema for structured output to core's class, which checks answers with it.
 *
 * @param schema a zod 3 or zod 4 schema, another Standard Schema, JSON Schema, or a `Schema` of core.
 * @throws ChatError `BAD_REQUEST` for anything else, for JSON Schema of anything but an object, and for a schema that cannot be described to a model.
 */
export function toCoreSchema(schema: unknown): Schema {
  requireObject("The schema", schema, "BAD_REQUEST");
  if (schema instanceof Schema) return schema;
  const converted = convert(schema);
  originals.set(converted, schema);
  return converted;
}

/** Checks a value with the schema of the app. JSON Schema accepts every object. */
export function checkWith(schema: Schema, value: unknown): Promise<Checked> {
  return toCheck(originals.get(schema) ?? schema.definition.schema)(value);
}

function convert(schema: unknown): Schema {
  if (isZod3(schema)) return Schema.fromZod("output", asCoreZod(schema));
  if (isStandardSchema(schema) && !isZod4(schema))
    return Schema.fromJson("output", describe(schema));
  if (typeof schema !== "object" || schema === null) {
    throw new ChatError(
      "BAD_REQUEST",
      "The schema must be a zod schema, another Standard Schema, a Schema of @node-llm/core, or JSON Schema.",
    );
  }
  if (!isZod4(schema)) return Schema.fromJson("output", { ...schema });
  const { $schema: _dialect, ...json } = describeZod4(schema);
  const checked = Schema.fromZod("output", checkedBy(schema));
  described.set(checked, json);
  return checked;
}

function describe(schema: StandardSchema): Record<string, unknown> {
  try {
    const { $schema: _dialect, ...json } = describeStandard(schema);
    return json;
  } catch (error) {
    throw new ChatError(
      "BAD_REQUEST",
      `The schema cannot be described to a model: ${String(error)}`,
    );
  }
}

/** What the schema returns; where that is known only at run time, what it takes. */
function describeZod4(schema: z.ZodType): Record<string, unknown> {
  try {
    return z.toJSONSchema(schema);
  } catch {
    return z.toJSONSchema(schema, {
      io: "input",
      override: ({ jsonSchema }) => {
        // As for what it returns, and as providers demand it.
        if (jsonSchema.type === "object") jsonSchema.additionalProperties ??= false;
      },
    });
  }
}

/** Core reads only its own zod, so one of its schemas lets zod 4 check the value. */
function checkedBy(schema: z.ZodType): coreZod.ZodTypeAny {
  return coreZod.unknown().transform((value, context) => {
    const result = z.safeParse(schema, value);
    if (result.success) return result.data;
    for (const { message, path } of result.error.issues)
      context.addIssue({ code: "custom", message, path: path.map(toPathEntry) });
    return coreZod.NEVER;
  });
}

function toPathEntry(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}

/** The JSON Schema that the model is told of. */
export function describeSchema(schema: Schema): object {
  const { schema: shape } = schema.definition;
  return described.get(schema) ?? (isZod3(shape) ? convertZod3(asCoreZod(shape)) : shape);
}

/** The parameters of requests with a schema that core cannot describe; none for any other. */
export function schemaParams(schema: Schema | undefined): NonNullable<ChatOptions["params"]> {
  const json = schema === undefined ? undefined : described.get(schema);
  if (schema === undefined || json === undefined) return {};
  const { name, description, strict = true } = schema.definition;
  const format = {
    name,
    ...(description === undefined ? {} : { description }),
    strict,
    schema: json,
  };
  return { response_format: { type: "json_schema", json_schema: format } };
}
