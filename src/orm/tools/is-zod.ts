import type { z as coreZod } from "@node-llm/core";
import type { z } from "zod/v4";

/** True for a schema of any copy of zod 4, which marks its schemas with this property. */
export function isZod4(schema: unknown): schema is z.ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

/** True for a schema of any copy of zod 3, which keeps the name of the type here. */
export function isZod3(schema: unknown): schema is coreZod.ZodTypeAny {
  if (typeof schema !== "object" || schema === null || !("_def" in schema)) return false;
  const definition: unknown = schema._def;
  return typeof definition === "object" && definition !== null && "typeName" in definition;
}
