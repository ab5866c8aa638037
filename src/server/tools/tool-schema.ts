import type { JsonValue } from "../../shared/json-value.ts";
import type { Jsonified } from "./jsonified.ts";
import type { StandardSchema } from "../../orm/tools/standard-schema.ts";

/** JSON Schema of an object, such as `{ type: "object", properties: { city: { type: "string" } } }`. It has no types. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A schema of zod (3.25 or 4), of any other library that follows the Standard Schema, or JSON Schema. */
export type ToolSchema = StandardSchema | JsonSchema;

/** A JSON object of which nothing is known: what JSON Schema describes. */
type JsonObject = { readonly [key: string]: JsonValue };

/** What a schema accepts. */
export type SchemaInput<Schema> = Schema extends {
  readonly "~standard": { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input
  : JsonObject;

/** What a schema makes of it. */
export type SchemaOutput<Schema> = Schema extends {
  readonly "~standard": { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : JsonObject;

/** What the `schema` of a router makes of an answer, as JSON. Unknown without one. */
export type OutputOf<Schema> = unknown extends Schema
  ? unknown
  : Jsonified<SchemaOutput<NonNullable<Schema>>>;
