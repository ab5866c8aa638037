import { Tool, z as coreZod } from "@node-llm/core";
import { z } from "zod/v4";
import { ChatError } from "../../chat/chat-error.ts";
import { isRecord } from "../../shared/json-value.ts";
import { isZod3, isZod4 } from "./is-zod.ts";
import { requireObject } from "./require-object.ts";
import type { Checked } from "./standard-schema.ts";
import type { Issue } from "./standard-schema.ts";
import {
  checkStandard,
  describeIssues,
  describeStandard,
  isStandardSchema,
} from "./standard-schema.ts";

/** The parameters of a tool. */
export interface ToolParameters {
  readonly jsonSchema: Record<string, unknown>;
  /** Resolves to the arguments as the schema parsed them, or to what is wrong. JSON Schema accepts every object. */
  check(args: unknown): Promise<Checked>;
}

/**
 * Reads the parameters of a tool from zod 4, zod 3, another Standard Schema, or JSON Schema. Core understands only its
 * own copy of zod 3, and silently sends schemas of another zod to the provider as they are.
 *
 * @throws ChatError `CONFIGURATION` when the schema is not an object's, or cannot be converted.
 */
export function toToolParameters(tool: string, schema: unknown): ToolParameters {
  const check = toCheck(schema);
  if (isZod4(schema)) {
    const describe = () => z.toJSONSchema(schema, { io: "input" });
    return { jsonSchema: ofAnObject(tool, describe), check };
  }
  if (isZod3(schema)) {
    return { jsonSchema: ofAnObject(tool, () => convertZod3(asCoreZod(schema))), check };
  }
  if (isStandardSchema(schema)) {
    return { jsonSchema: ofAnObject(tool, () => describeStandard(schema)), check };
  }
  requireObject(`The schema of the parameters of the tool '${tool}'`, schema);
  const jsonSchema = schema ?? { type: "object", properties: {} };
  // Core's type says that it is JSON Schema.
  return { jsonSchema: jsonSchema as Record<string, unknown>, check };
}

/** Returns a function that checks values with a schema. JSON Schema accepts every object, and no schema everything. */
export function toCheck(schema: unknown): (value: unknown) => Promise<Checked> {
  if (isZod4(schema)) return async (value) => result(await z.safeParseAsync(schema, value));
  if (isZod3(schema)) {
    const zod = asCoreZod(schema);
    return async (value) => result(await zod.safeParseAsync(value));
  }
  if (isStandardSchema(schema)) return (value) => checkStandard(schema, value);
  const isAny = schema === undefined || schema === null;
  return (value) =>
    // The types of what JSON Schema describes say that it is an object.
    Promise.resolve(isAny || isRecord(value) ? { value } : { problem: "it is not an object" });
}

/** Core exposes its converter only through a tool. */
export function convertZod3(schema: coreZod.ZodTypeAny): Record<string, unknown> {
  class Converter extends Tool {
    override name = "";
    override description = "";
    // The converter takes any zod 3 type, although the property's type is an object schema.
    override schema = schema as coreZod.ZodObject<coreZod.ZodRawShape>;
    override execute(): Promise<string> {
      return Promise.resolve("");
    }
  }
  return new Converter().toLLMTool().function.parameters;
}

function ofAnObject(
  tool: string,
  convert: () => { readonly [keyword: string]: unknown },
): Record<string, unknown> {
  let schema: { readonly [keyword: string]: unknown };
  try {
    schema = convert();
  } catch (error) {
    throw new ChatError(
      "CONFIGURATION",
      `The parameters of the tool '${tool}' cannot be described to a model: ${String(error)}`,
    );
  }
  if (schema["type"] !== "object") {
    throw new ChatError(
      "CONFIGURATION",
      `The parameters of the tool '${tool}' must be an object schema, like z.object({ … }).`,
    );
  }
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

function result(
  parsed:
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } },
): { value: unknown } | { problem: string } {
  return parsed.success ? { value: parsed.data } : { problem: describeIssues(parsed.error.issues) };
}

/** A schema that core accepts. Core checks for its own class, but reads what is inside by its structure. */
export function asCoreZod(schema: coreZod.ZodTypeAny): coreZod.ZodTypeAny {
  return schema instanceof coreZod.ZodType ? schema : coreZod.lazy(() => schema);
}
