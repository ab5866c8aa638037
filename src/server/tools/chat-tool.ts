import type { ToolTypes } from "../../chat/tool-call.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import type { Jsonified } from "./jsonified.ts";
import type { SchemaInput, SchemaOutput, ToolSchema } from "./tool-schema.ts";

/** What a tool is told about the call that it is run for. */
export interface ToolExecution<Context> {
  /** The context of the procedure that started the answer, or of the `respondToTool` that continued it. */
  readonly ctx: Context;
  /** Aborts when the answer is stopped or interrupted, or when the call takes too long. Pass it to `fetch`. */
  readonly signal: AbortSignal;
  /** The chat of the answer. */
  readonly chatId: string;
  /** The answer that the call is a part of. */
  readonly messageId: string;
  /** The provider's id of the call, unique within the answer. */
  readonly toolCallId: string;
}

/** The call that `needsApproval` of a tool decides about. */
export type ToolApprovalRequest<Context> = Omit<ToolExecution<Context>, "signal">;

/** What `execute` returns: what the output's schema accepts, or anything that can be sent as JSON. */
type Returned<Output, Result> = Output extends ToolSchema ? SchemaInput<Output> : Result;

/** What the router stores of that. */
type Stored<Output, Result> = Output extends ToolSchema ? SchemaOutput<Output> : Awaited<Result>;

/** What a tool is and does. */
export interface ToolOptions<
  Context,
  Name extends string,
  Input extends ToolSchema,
  Output extends ToolSchema | undefined,
  Result,
> {
  /** The name by which the model calls the tool, in letters, digits, `_` and `-`. It is also the type of its calls. */
  readonly name: Name;
  /** What the tool does, for the model. */
  readonly description: string;
  /**
   * What the tool takes: an object. The model is told, and what it writes is checked: `execute` gets what the schema
   * has parsed, and `arguments` of a message is what the model wrote. JSON Schema is only told to the model.
   */
  readonly inputSchema: Input;
  /**
   * What the tool returns. The value is checked, and a value that does not fit is a failure of the tool. JSON Schema
   * is not checked.
   * @default what `execute` returns
   */
  readonly outputSchema?: Output;
  /** Whether OpenAI and similar providers have to follow the schema to the letter. */
  readonly strict?: boolean | undefined;
  /**
   * Whether a call runs only after somebody has approved it with `respondToTool`.
   * @default false
   */
  readonly needsApproval?:
    | boolean
    | ((
        input: SchemaOutput<Input>,
        call: ToolApprovalRequest<Context>,
      ) => boolean | Promise<boolean>)
    | undefined;
  /**
   * Runs the tool. Whatever it throws goes to `onError` of the router; the model learns that the tool has failed, and
   * not why. What it returns is stored as JSON.
   */
  readonly execute: (
    input: SchemaOutput<Input>,
    execution: ToolExecution<Context>,
  ) => Returned<Output, Result> | Promise<Returned<Output, Result>>;
  /**
   * What the model is told of what the tool has returned.
   * @default a text as it is, and any other value as JSON
   */
  readonly toModelOutput?: ((output: Stored<Output, Result>) => string) | undefined;
}

/** The types of a tool with these options. */
export interface DefinedTool<Name extends string, Input, Output, Result> extends ToolTypes {
  readonly name: Name;
  readonly arguments: AsJson<SchemaInput<Input>>;
  readonly output: AsJson<Stored<Output, Result>>;
}

/** Says what the compiler cannot find out: that the result is JSON. */
type AsJson<Value> = Jsonified<Value> extends infer Json extends JsonValue ? Json : JsonValue;

/** The options of a tool of which only the context is known. */
export interface AnyToolOptions<Context> {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: ToolSchema;
  readonly outputSchema?: ToolSchema | undefined;
  readonly strict?: boolean | undefined;
  readonly needsApproval?:
    | boolean
    | ((input: never, call: ToolApprovalRequest<Context>) => boolean | Promise<boolean>)
    | undefined;
  readonly execute: (input: never, execution: ToolExecution<Context>) => unknown;
  readonly toModelOutput?: ((output: never) => string) | undefined;
}

/**
 * A tool of a chat router, from `defineTool` or `createToolFactory`.
 *
 * @typeParam Types the types that its calls have in a message.
 * @typeParam Context the context that it needs.
 */
export class ChatTool<out Types extends ToolTypes = ToolTypes, in Context = never> {
  /** Only for the type checker: the types that calls of the tool have in a message. */
  declare readonly types: Types;
  /** What the tool is and does. */
  readonly options: AnyToolOptions<Context>;

  constructor(options: AnyToolOptions<Context>) {
    this.options = options;
  }
}
