import type { Schema } from "@node-llm/core";
import type { JsonValue } from "../../shared/json-value.ts";
import { isTooDeep, maxJsonDepth } from "../../shared/json-value.ts";
import { checkWith } from "./to-core-schema.ts";

/** How long the JSON of an object may be. All of it is read with each page of messages. */
const maxObjectChars = 500_000;
const tooLong = { problem: `it has more than ${maxObjectChars} characters` };

/**
 * Some models put JSON into a block of Markdown, even when they are asked for JSON alone. No two of its repetitions match
 * the same character, since models write what they like.
 */
const fence = /^```(?:json)?[^\S\n]*\n([\s\S]*?)\n?```$/i;

/**
 * Reads what an answer says of a schema.
 *
 * @returns the value that the schema made of it, as JSON; or what is wrong with it, to tell the model.
 */
export async function readObject(
  text: string,
  schema: Schema,
): Promise<{ readonly json: string } | { readonly problem: string }> {
  const trimmed = text.trim();
  if (trimmed.length > maxObjectChars) return tooLong;
  const parsed = parse(trimmed);
  if (parsed === undefined) return { problem: "it is not valid JSON" };
  if (isTooDeep(parsed)) return { problem: `it has more than ${maxJsonDepth} levels` };
  const checked = await checkWith(schema, parsed);
  if ("problem" in checked) return checked;
  const json: string | undefined = JSON.stringify(checked.value);
  if (json === undefined) return { problem: "there is nothing in it" };
  return json.length > maxObjectChars ? tooLong : { json };
}

function parse(text: string): JsonValue | undefined {
  try {
    const json: JsonValue = JSON.parse(fence.exec(text)?.[1] ?? text);
    return json;
  } catch {
    return undefined;
  }
}
