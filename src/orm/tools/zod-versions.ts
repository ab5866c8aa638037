import type { z as coreZod } from "@node-llm/core";
import type { z } from "zod/v4";

/** Of whichever copy of zod 4: it marks its schemas with this property. */
export function isZod4(schema: unknown): schema is z.ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

/** Of whichever copy of zod 3: each schema has the name of its type in this place. */
export function isZod3(schema: unknown): schema is coreZod.ZodTypeAny {
  if (typeof schema !== "object" || schema === null || !("_def" in schema)) return false;
  const definition: unknown = schema._def;
  return typeof definition === "object" && definition !== null && "typeName" in definition;
}
