import { Schema } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { isRecord } from "../../shared/json-value.ts";
import { isStandardSchema } from "./standard-schema.ts";
import { isZod3, isZod4 } from "./is-zod.ts";

/**
 * Refuses JSON Schema of anything but an object: whatever has JSON Schema must be an object, so nothing would ever fit.
 *
 * @param what names the schema in the error.
 * @param code of the error.
 * @throws ChatError with that code.
 */
export function requireObject(
  what: string,
  schema: unknown,
  code: "CONFIGURATION" | "BAD_REQUEST" = "CONFIGURATION",
): void {
  const json: unknown = schema instanceof Schema ? schema.definition.schema : schema;
  if (!isRecord(json) || isZod4(json) || isZod3(json) || isStandardSchema(json)) return;
  const { type } = json;
  if (type === undefined || [type].flat().includes("object")) return;
  throw new ChatError(
    code,
    `${what} is JSON Schema of the type ${JSON.stringify(type)}, but JSON Schema is accepted for objects only. For anything else, use a schema of zod or of another library that follows the Standard Schema.`,
  );
}
