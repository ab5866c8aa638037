import { ChatError } from "../../chat/chat-error.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { Database } from "../../orm/database/database.ts";
import type { StandardSchema } from "../../orm/tools/standard-schema.ts";
import { isStandardSchema } from "../../orm/tools/standard-schema.ts";
import { isZod3, isZod4 } from "../../orm/tools/is-zod.ts";
import { toCheck } from "../../orm/tools/tool-parameters.ts";
import type { Jsonified } from "../tools/jsonified.ts";
import type { SchemaInput, SchemaOutput } from "../tools/tool-schema.ts";
import { metadataInput } from "./metadata-input.ts";

/** What a client may pass as metadata. */
export type MetadataInput<Schema> =
  SchemaInput<Schema> extends infer Given extends Metadata ? Given : Metadata;

/** The metadata as chats and messages have it. */
export type MetadataOf<Schema> =
  Jsonified<SchemaOutput<Schema>> extends infer Stored extends Metadata ? Stored : Metadata;

/** Checks metadata with the app's schema. */
export class MetadataCheck {
  readonly #check: ReturnType<typeof toCheck>;
  readonly #bounded: ReturnType<typeof metadataInput>;

  /**
   * @param schema the option `metadata` of the router; undefined when every object is accepted.
   * @param maxChars how many characters of JSON it may have.
   * @throws ChatError `CONFIGURATION` when the schema cannot check anything, as JSON Schema.
   */
  constructor(schema: StandardSchema | undefined, maxChars: number) {
    const isSchema = isZod4(schema) || isZod3(schema) || isStandardSchema(schema);
    if (schema !== undefined && !isSchema) {
      throw new ChatError(
        "CONFIGURATION",
        "createChatRouter: `metadata` must be a schema of zod or of another library that follows the Standard Schema. JSON Schema would check nothing.",
      );
    }
    this.#check = toCheck(schema);
    this.#bounded = metadataInput(maxChars);
  }

  /**
   * @param given what a client has sent, or `onFinish` has returned.
   * @returns the metadata as the schema parsed it, and as it is stored. Undefined for none.
   * @throws ChatError `BAD_REQUEST` when it does not fit, or is too long.
   */
  async of(given: Metadata | undefined): Promise<Metadata | undefined> {
    if (given === undefined) return undefined;
    const checked = await this.#check(given);
    if ("problem" in checked) throw refused(checked.problem);
    const json: string | undefined = JSON.stringify(checked.value);
    const bounded = this.#bounded.safeParse(json === undefined ? undefined : JSON.parse(json));
    if (!bounded.success) throw refused(bounded.error.issues[0]?.message ?? "it is no object");
    return bounded.data;
  }
}

/**
 * The metadata of a message as its column has it.
 *
 * @throws ChatError `BAD_REQUEST` when the schema lacks the optional column.
 */
export function storedMetadata(db: Database, metadata: Metadata | undefined): string | null {
  if (metadata === undefined) return null;
  if (db.has("message", "metadata")) return JSON.stringify(metadata);
  throw new ChatError(
    "BAD_REQUEST",
    "Messages cannot have metadata: the Prisma schema lacks the column for it. On the server, run `npx node-llm-trpc sync --write`, then `npx prisma migrate dev` and `npx prisma generate`.",
  );
}

function refused(problem: string): ChatError {
  return new ChatError("BAD_REQUEST", `The metadata is not accepted: ${problem}`);
}
