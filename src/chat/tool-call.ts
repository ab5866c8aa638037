import type { JsonValue } from "../shared/json-value.ts";

/** The types of a tool, as its calls have them in a message. */
export interface ToolTypes {
  /** The name of the tool: a literal type, which tells the calls of different tools apart. */
  readonly name: string;
  /** What the model passes to the tool. */
  readonly arguments: JsonValue;
  /** What the tool returns. */
  readonly output: JsonValue;
  /** What the tool reports while it runs. */
  readonly progress: JsonValue;
}

/** Exists only as a type. A member of an enum is a string that no text compares with. */
declare enum NoType {
  Name = "",
}

/**
 * The name of a tool without types: a class of NodeLLM, or a raw definition. It is a type of its own, so that comparing
 * `name` with that of another tool rules these tools out. To compare it with a text, assign it to a `string` first.
 */
export type UntypedToolName = NoType.Name;

/** The types of a tool that says nothing about them. */
export interface UntypedTool extends ToolTypes {
  readonly name: UntypedToolName;
}

/**
 * How far a tool call has come. The first four can still change.
 *
 * - `writing`: the model writes the arguments. Of these, there is what can be read so far.
 * - `running`: the tool is running, or is about to.
 * - `awaiting_approval`: the tool runs only if somebody approves it with `respondToTool`.
 * - `awaiting_output`: the page runs the tool, and sends its output with `respondToTool`.
 * - `complete`: the tool returned a result.
 * - `error`: the tool failed, timed out, or was cut off by the end of the answer. `result` says so.
 * - `denied`: the tool was not run, because somebody denied it or the answer ended first. `result` says so.
 */
export type ToolCallStatus =
  | "writing"
  | "running"
  | "awaiting_approval"
  | "awaiting_output"
  | "complete"
  | "error"
  | "denied";

interface CallFields<Name, Status, Arguments, Output, Progress> {
  /** The provider's id of the call, unique within the message. */
  readonly toolCallId: string;
  /** The name of the tool. */
  readonly name: Name;
  /** The arguments that the model wrote: parsed JSON, or the raw text when it is not valid JSON. */
  readonly arguments: Arguments;
  /**
   * What the tool returned, as JSON. Null unless the call is `complete`. For a call that was stored without it, the
   * text in `result`.
   */
  readonly output: Output;
  /** What the tool reported last while it ran. Null when it has reported nothing. */
  readonly progress: Progress;
  /** What the model is told: what the tool returned, or why it failed or was not run. Null until then. */
  readonly result: string | null;
  /** How far the call has come. */
  readonly status: Status;
}

/** A call of any tool. */
type AnyToolCall = CallFields<string, ToolCallStatus, JsonValue, JsonValue, JsonValue>;

/** Arguments that are being written: what is missing may still come, at any depth. */
type PartialArguments<Arguments> = Arguments extends readonly (infer Item)[]
  ? readonly PartialArguments<Item>[]
  : Arguments extends object
    ? string extends keyof Arguments
      ? JsonValue
      : {
          readonly [Key in keyof Arguments]?: PartialArguments<Exclude<Arguments[Key], undefined>>;
        }
    : Arguments;

/** The arguments of a call that failed, perhaps because they do not fit the tool: each may be missing or anything. */
type DoubtfulArguments<Arguments> = Arguments extends readonly JsonValue[]
  ? JsonValue
  : Arguments extends object
    ? string extends keyof Arguments
      ? JsonValue
      : { readonly [Key in keyof Arguments]?: JsonValue }
    : JsonValue;

type CallOf<Tool> = Tool extends ToolTypes
  ? | CallFields<
        Tool["name"],
        "complete",
        Tool["arguments"],
        Tool["output"],
        Tool["progress"] | null
      >
    | CallFields<
        Tool["name"],
        Exclude<ToolCallStatus, "writing" | "complete" | "error">,
        Tool["arguments"],
        null,
        Tool["progress"] | null
      >
    | CallFields<
        Tool["name"],
        "error",
        DoubtfulArguments<Tool["arguments"]>,
        null,
        Tool["progress"] | null
      >
    | CallFields<Tool["name"], "writing", PartialArguments<Tool["arguments"]>, null, null>
  : never;

/**
 * A tool call of an answer, with its result as soon as there is one. Of a router with typed tools, `name` tells which
 * arguments and which output a call has, and `status` whether it has an output.
 */
export type ChatToolCall<Tool extends ToolTypes = ToolTypes> = string extends Tool["name"]
  ? AnyToolCall
  : CallOf<Tool>;

/** A tool call as it goes over the wire while it changes within a status. */
export type LiveToolCall = ChatToolCall & {
  /** Rises with what is written of the arguments, and with each progress. Without it, 0. */
  readonly revision?: number | undefined;
};

/** What is stored as the output of a call whose result is the output as JSON, so that neither is stored twice. */
export const outputIsResult = "";
