import type { JsonRecord } from "../../shared/json-value.ts";
import { asArray, isRecord } from "../../shared/json-value.ts";

/** The keywords that Gemini takes; it refuses a request with any other: https://ai.google.dev/api/caching#Schema. */
const keywords: ReadonlySet<string> = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "maxItems",
  "minItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "example",
  "anyOf",
  "propertyOrdering",
  "default",
  "items",
  "minimum",
  "maximum",
]);

/** The formats of texts that Gemini takes. */
const textFormats: ReadonlySet<unknown> = new Set(["enum", "date-time"]);

/** The JSON Schema of a tool's arguments as Gemini takes it. What it cannot express is left out. */
export function toGeminiSchema(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const kept = Object.entries(readable(schema)).filter(([key]) => keywords.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, convert(key, value)]));
}

/** The schema with the keywords of Gemini for what JSON Schema says in others. */
function readable(schema: JsonRecord): JsonRecord {
  const { type, oneOf, format, ...rest } = schema;
  const types = Array.isArray(type) ? asArray(type).filter((one) => one !== "null") : [type];
  const [only] = types;
  const isText = only === "string" || only === undefined;
  return {
    ...rest,
    ...(types.length === 1 && only !== undefined ? { type: only } : {}),
    ...(types.length > 1 ? { anyOf: types.map((one) => ({ type: one })) } : {}),
    ...(Array.isArray(type) && types.length < type.length ? { nullable: true } : {}),
    ...(oneOf === undefined ? {} : { anyOf: oneOf }),
    ...("const" in rest && typeof rest["const"] === "string" ? { enum: [rest["const"]] } : {}),
    ...(format === undefined || (isText && !textFormats.has(format)) ? {} : { format }),
  };
}

function convert(key: string, value: unknown): unknown {
  if (key === "items") return toGeminiSchema(value);
  if (key === "anyOf") return asArray(value).map(toGeminiSchema);
  if (key !== "properties" || !isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, toGeminiSchema(one)]),
  );
}
