import { Schema } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../../chat/chat-error.ts";
import { asCoreZod, isZod3, isZod4 } from "./tool-parameters.ts";

/**
 * Converts a schema for structured output to core's class.
 *
 * @param schema a zod 3 or zod 4 schema, JSON Schema, or a `Schema` of core.
 * @throws ChatError `BAD_REQUEST` for anything else.
 */
export function toCoreSchema(schema: unknown): Schema {
  if (schema instanceof Schema) return schema;
  if (isZod3(schema)) return Schema.fromZod("output", asCoreZod(schema));
  if (typeof schema !== "object" || schema === null) {
    throw new ChatError(
      "BAD_REQUEST",
      "The schema must be a zod schema, a Schema of @node-llm/core, or JSON Schema.",
    );
  }
  if (isZod4(schema)) {
    const { $schema: _dialect, ...json } = z.toJSONSchema(schema);
    return Schema.fromJson("output", json);
  }
  return Schema.fromJson("output", { ...schema });
}
