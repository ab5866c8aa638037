import type { ToolTypes } from "../../chat/tool-call.ts";
import { requireObject } from "../../orm/tools/require-object.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import type { WrittenData } from "./data-writer.ts";
import type { Jsonified } from "./jsonified.ts";
import type { SchemaInput, SchemaOutput, ToolSchema } from "./tool-schema.ts";

/**
 * What a tool is told about the call that it is run for.
 *
 * @typeParam Reported what the tool may report.
 */
export interface ToolExecution<Context, Reported = JsonValue> {
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
  /**
   * Shows every reader of the answer how far the tool is: `progress` of its call in the message. The last value is kept.
   * Call it as often as you like: readers get the newest value at their pace, and it is saved within 250 ms. A value
   * that the `progressSchema` refuses, or of more than 10,000 characters as JSON, is a failure of the tool.
   */
  readonly report: (progress: Reported) => void;
  /**
   * Writes data into the answer, where it stands now: `{ type: "data", name, id, data }` among the parts. Data of the same
   * name and id is replaced. The model never gets it. What the router's option `data` refuses is a failure of the tool.
   */
  readonly writeData: (data: WrittenData) => void;
}

/** The call that `needsApproval` of a tool decides about. */
export type ToolApprovalRequest<Context> = Omit<
  ToolExecution<Context>,
  "signal" | "report" | "writeData"
>;

/** What a tool may report. */
type Reportable<Progress> = Progress extends ToolSchema ? SchemaInput<Progress> : JsonValue;

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
  Progress extends ToolSchema | undefined,
  Result,
> {
  /** The name by which the model calls the tool, in letters, digits, `_` and `-`. It is also the type of its calls. */
  readonly name: Name;
  /** What the tool does, for the model. */
  readonly description: string;
  /**
   * What the tool takes: an object. The model is told, and what it writes is checked: `execute` gets what the schema
   * has parsed, and `arguments` of a message is what the model wrote. With JSON Schema, any object fits.
   */
  readonly inputSchema: Input;
  /**
   * What the tool returns. The value is checked: one of `execute` that does not fit is a failure of the tool, one of
   * the page is refused. With JSON Schema, any object fits.
   * @default what `execute` returns; any JSON of a tool that the page runs
   */
  readonly outputSchema?: Output;
  /**
   * What the tool reports while it runs. With JSON Schema, any object fits.
   * @default anything that is JSON
   */
  readonly progressSchema?: Progress;
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
   * Runs the tool. Without it, the page runs the tool: `onToolCall` of `useChat` gets the call, and `respondToTool`
   * brings its output. Whatever it throws goes to `onError` of the router; the model learns that the tool has failed, and
   * not why. What it returns is stored as JSON.
   */
  readonly execute?:
    | ((
        input: SchemaOutput<Input>,
        execution: ToolExecution<Context, Reportable<Progress>>,
      ) => Returned<Output, Result> | Promise<Returned<Output, Result>>)
    | undefined;
  /**
   * What the model is told of what the tool has returned.
   * @default a text as it is, and any other value as JSON
   */
  readonly toModelOutput?: ((output: Stored<Output, Result>) => string) | undefined;
}

/** The types of a tool with these options. */
export interface DefinedTool<
  Name extends string,
  Input,
  Output,
  Progress,
  Result,
> extends ToolTypes {
  readonly name: Name;
  readonly arguments: AsJson<SchemaInput<Input>>;
  readonly output: AsJson<Stored<Output, Result>>;
  readonly progress: Progress extends ToolSchema ? AsJson<SchemaOutput<Progress>> : JsonValue;
}

/** Says what the compiler cannot find out: that the result is JSON. */
type AsJson<Value> = Jsonified<Value> extends infer Json extends JsonValue ? Json : JsonValue;

/** The options of a tool of which only the context is known. */
export interface AnyToolOptions<Context> {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: ToolSchema;
  readonly outputSchema?: ToolSchema | undefined;
  readonly progressSchema?: ToolSchema | undefined;
  readonly strict?: boolean | undefined;
  readonly needsApproval?:
    | boolean
    | ((input: never, call: ToolApprovalRequest<Context>) => boolean | Promise<boolean>)
    | undefined;
  readonly execute?:
    | ((input: never, execution: ToolExecution<Context, unknown>) => unknown)
    | undefined;
  readonly toModelOutput?: ((output: never) => string) | undefined;
}

/** Next loads this module once for its pages and once for its routes, and a tool may come from the one to the other. */
const mark = Symbol.for("node-llm-trpc.tool");

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

  /** @throws ChatError `CONFIGURATION` for JSON Schema of anything but an object. */
  constructor(options: AnyToolOptions<Context>) {
    for (const option of ["inputSchema", "outputSchema", "progressSchema"] as const)
      requireObject(`\`${option}\` of the tool '${options.name}'`, options[option]);
    this.options = options;
    Object.defineProperty(this, mark, { value: true });
  }

  /** Whether a value is a tool, of this copy of the module or of another. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && mark in value;
  }
}
