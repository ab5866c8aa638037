import { Schema, z as coreZod } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../../chat/chat-error.ts";
import { isZod3, isZod4 } from "./zod-versions.ts";

/** A schema for structured output as core takes it: from zod 3, zod 4, JSON Schema, or core's own class. */
export function toCoreSchema(schema: unknown): Schema {
  if (schema instanceof Schema) return schema;
  if (schema instanceof coreZod.ZodType) return Schema.fromZod("output", schema);
  // Core looks for its own class and then reads the schema by its structure.
  if (isZod3(schema))
    return Schema.fromZod(
      "output",
      coreZod.lazy(() => schema),
    );
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
