import type { ToolCall } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import { isRecord, parseJson } from "../../shared/json-value.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { FirstCallStatus } from "../../orm/tools/turn-tool-call.ts";
import { cutResult, invalidArguments, storedOutput } from "../../orm/tools/resolve-tools.ts";
import type { RunnableTool, ToolRun } from "../../orm/tools/runnable-tool.ts";
import { maxOutputChars } from "../../orm/tools/runnable-tool.ts";
import type { Checked } from "../../orm/tools/standard-schema.ts";
import type { ToolParameters } from "../../orm/tools/tool-parameters.ts";
import { toCheck, toToolParameters } from "../../orm/tools/tool-parameters.ts";
import type { ToolTypes } from "../../chat/tool-call.ts";
import type { ChatTool } from "./chat-tool.ts";
import type { DataSchemas, WrittenData } from "./data-writer.ts";
import { createDataWriter } from "./data-writer.ts";

/** The chat that a tool is bound to. */
interface ToolScene<Context> {
  readonly ctx: Context;
  readonly chatId: string;
  /** The schemas of the data that it may write. */
  readonly data?: DataSchemas | undefined;
}

/** An output of the page: what the model is told, and what is stored of the value beside it. */
interface PageOutput {
  readonly result: string;
  readonly output: string | null;
}

/** A tool that knows for whom it is run. */
export interface BoundTool extends RunnableTool {
  /** The status that a call begins with. */
  judge(call: ToolCall, messageId: string): Promise<FirstCallStatus>;
  /** Whether the page runs the tool. */
  readonly isOfPage: boolean;
  /**
   * Checks an output of the page.
   *
   * @param maxResultChars how many characters the model is told of it
   * @throws ChatError `BAD_REQUEST` when it does not fit, and when the tool's own code throws.
   */
  respond(output: JsonValue, maxResultChars: number): Promise<PageOutput>;
}

/**
 * Binds a tool to a chat and to the context of an answer.
 *
 * @throws ChatError `CONFIGURATION` when its input cannot be described to a model.
 */
export function bindTool<Context>(
  { options }: ChatTool<ToolTypes, Context>,
  { ctx, chatId, data }: ToolScene<Context>,
): BoundTool {
  const { name, description, strict, inputSchema, outputSchema, progressSchema } = options;
  const { needsApproval = false } = options;
  const parameters = toToolParameters(name, inputSchema);
  const checkOutput = toCheck(outputSchema);
  const checkProgress = toCheck(progressSchema);
  /** What is wrong with the calls whose arguments did not fit, by their ids. Nobody was asked to approve them. */
  const unfit = new Map<string, string>();

  async function run(args: unknown, call: ToolRun): Promise<{ told: string; output?: unknown }> {
    const problem = unfit.get(call.toolCallId);
    // A schema that asks a database, for example, may accept by now what it refused before.
    if (problem !== undefined) return { told: invalidArguments(problem) };
    if (options.execute === undefined)
      throw new Error(`The tool '${name}' has no \`execute\` any more, which its call waited for.`);
    /** Reports are checked one after the other, because a schema may take its time. */
    let reported = Promise.resolve();
    const report = (value: unknown): void => {
      reported = reported.then(async () => {
        const progress = await checkProgress(value);
        if ("problem" in progress) {
          throw new Error(
            `The tool '${name}' reported something else than its progressSchema says: ${progress.problem}`,
          );
        }
        call.report(progress.value);
      });
      // It makes the tool fail, once it has returned.
      reported.catch(() => undefined);
    };
    const writer = createDataWriter(data, (part) => call.writeData(part));
    const writeData = (written: WrittenData): void => writer.write(written);
    const execution = { ...call, ctx, chatId, report, writeData };
    const returned = await options.execute(asParsed(args), execution);
    await reported;
    await writer.settled();
    const checked = await checkOutput(returned);
    if ("problem" in checked) {
      throw new Error(
        `The tool '${name}' returned something else than its outputSchema says: ${checked.problem}`,
      );
    }
    const { told, json } = describe(checked.value);
    if (json.length > maxOutputChars) {
      throw new Error(
        `The tool '${name}' returned ${json.length} characters of JSON; at most ${maxOutputChars} can be stored.`,
      );
    }
    return { told, output: parseJson(json) };
  }

  function describe(value: unknown): { readonly told: string; readonly json: string } {
    const json = JSON.stringify(value) ?? "null";
    const { toModelOutput } = options;
    const text = typeof value === "string" ? value : json;
    return { told: toModelOutput === undefined ? text : toModelOutput(asParsed(value)), json };
  }

  return {
    kind: "runnable",
    name,
    description,
    strict,
    parameters,
    run,
    isOfPage: options.execute === undefined,
    async respond(output, maxResultChars) {
      let checked: Checked;
      try {
        checked = await checkOutput(output);
        if (!("problem" in checked)) {
          const result = cutResult(toStorable(describe(checked.value).told), maxResultChars);
          return { result, output: storedOutput(checked.value, result) };
        }
      } catch (cause) {
        // The tool's own code throws on a value that a client has chosen.
        throw new ChatError("BAD_REQUEST", `The tool '${name}' cannot read the output.`, { cause });
      }
      throw new ChatError(
        "BAD_REQUEST",
        `The output does not fit the tool '${name}': ${checked.problem}`,
      );
    },
    async judge(call, messageId) {
      const checked = await checkArguments(parameters, call.function.arguments);
      if ("problem" in checked) {
        unfit.set(call.id, checked.problem);
        return "error";
      }
      const isHeld =
        typeof needsApproval === "boolean"
          ? needsApproval
          : await needsApproval(asParsed(checked.value), {
              ctx,
              chatId,
              messageId,
              toolCallId: call.id,
            });
      if (isHeld) return "awaiting_approval";
      return options.execute === undefined ? "awaiting_output" : "running";
    },
  };
}

/** The model may write what is no JSON, and JSON Schema accepts everything. */
async function checkArguments(parameters: ToolParameters, json: string): Promise<Checked> {
  const args = json.trim() === "" ? {} : parseJson(json);
  return isRecord(args) ? parameters.check(args) : { problem: "They are no JSON object." };
}

/** A value that the schema of the parameter has parsed, or that came from it: only the tool knows its type. */
function asParsed(value: unknown): never {
  return value as never;
}
