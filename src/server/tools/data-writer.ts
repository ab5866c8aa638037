import { randomUUID } from "node:crypto";
import type { DataPart } from "../../chat/chat-message.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import { withSafeKeys } from "../../shared/json-value.ts";
import { toStorable } from "../../chat/storable-text.ts";
import { toCheck } from "../../orm/tools/tool-parameters.ts";
import type { Jsonified } from "./jsonified.ts";
import type { SchemaOutput, ToolSchema } from "./tool-schema.ts";

/** The schemas of the data that an app writes into its answers, by name. */
export interface DataSchemas {
  readonly [name: string]: ToolSchema;
}

/** The schemas of a router without any. */
export type NoData = { readonly [Name in never]: ToolSchema };

/** A part with data of a router with these schemas. */
export type DataPartOf<Schemas> = {
  [Name in keyof Schemas & string]: {
    readonly type: "data";
    readonly name: Name;
    readonly id: string;
    readonly data: Jsonified<SchemaOutput<Schemas[Name]>> extends infer Json extends JsonValue
      ? Json
      : JsonValue;
  };
}[keyof Schemas & string];

/** Data to write into an answer. */
export interface WrittenData {
  /** A key of the router's option `data`. */
  readonly name: string;
  /**
   * Data of the same name and id is replaced.
   * @default a new id
   */
  readonly id?: string | undefined;
  /** The data, which the schema of its name checks. */
  readonly data: unknown;
}

/** Writes data into an answer. What has been refused is thrown by `settled`. */
export interface DataWriter {
  write(data: WrittenData): void;
  settled(): Promise<void>;
}

const maxNameLength = 200;

/**
 * Checks data before it is written, in the order in which it came.
 *
 * @param schemas those of the router.
 */
export function createDataWriter(
  schemas: DataSchemas = {},
  write: (part: DataPart) => void,
): DataWriter {
  let written = Promise.resolve();
  return {
    write: ({ name, id = randomUUID(), data }) => {
      written = written.then(async () => {
        const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
        if (schema === undefined) {
          throw new Error(
            `The option \`data\` of createChatRouter has no schema for '${name}'. Add one, or correct the name.`,
          );
        }
        const checked = await toCheck(schema)(data);
        if ("problem" in checked) {
          throw new Error(`The data '${name}' is not what its schema says: ${checked.problem}`);
        }
        if (name.length > maxNameLength || id.length > maxNameLength) {
          throw new Error(`The name and the id of data may have ${maxNameLength} characters each.`);
        }
        const json: string | undefined = JSON.stringify(checked.value);
        if (json === undefined) throw new Error(`The data '${name}' cannot be sent as JSON.`);
        // What has just been made of it is JSON.
        const value = withSafeKeys(JSON.parse(toStorable(json)));
        write({ type: "data", name: toStorable(name), id: toStorable(id), data: value });
      });
      // `settled` throws it.
      written.catch(() => undefined);
    },
    settled: () => written,
  };
}
