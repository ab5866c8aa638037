import type { ChatChunk, ToolCall, Usage } from "@node-llm/core";

import { abortable } from "../shared/abortable.ts";
import { wait } from "../shared/wait.ts";
import type { Gate } from "./gate.ts";
import type { Script, ScriptedToolCall, ScriptStep } from "./script.ts";

interface PlayOptions {
  readonly gate: Gate;
  readonly delayMs: number;
  readonly signal: AbortSignal;
}

/** Plays a script as the chunks of one call, in the order in which real providers send them. */
export async function* playScript(
  script: Script,
  options: PlayOptions,
): AsyncGenerator<ChatChunk, void> {
  const toolCalls: ToolCall[] = [];
  let usage: Usage | null = null;
  let finishReason: string | null = null;
  for (const step of typeof script === "string" ? [script] : script) {
    options.signal.throwIfAborted();
    if (typeof step === "string" || "text" in step || "thinking" in step)
      yield* playChunks(step, options);
    else if ("writing" in step) yield { content: "", tool_calls: [scriptedCall(step.writing)] };
    else if ("toolCall" in step) toolCalls.push(scriptedCall(step.toolCall));
    else if ("usage" in step) usage = toUsage(step.usage);
    else if ("finishReason" in step) finishReason = step.finishReason;
    else if ("hold" in step) await options.gate.pass(options.signal);
    else await playFault(step, options.signal);
  }
  options.signal.throwIfAborted();
  if (toolCalls.length > 0) yield { content: "", tool_calls: toolCalls };
  yield {
    content: "",
    done: true,
    finish_reason: finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop"),
    ...(usage === null ? {} : { usage }),
  };
}

type FaultStep = Extract<
  ScriptStep,
  { error: unknown } | { fail: number } | { drop: true } | { stall: true } | { die: true }
>;

async function playFault(step: FaultStep, signal: AbortSignal): Promise<never> {
  if ("error" in step) throw step.error;
  if ("fail" in step) throw apiError(step.fail);
  // The error of fetch when the server closes the connection in the middle of a response.
  if ("drop" in step) throw new TypeError("terminated");
  if ("die" in step) process.kill(process.pid, "SIGKILL");
  const never = new Promise<never>(() => undefined);
  return await abortable(never, signal);
}

/** Creates an error in the shape of core's API errors. */
function apiError(status: number): Error {
  return Object.assign(new Error(`The scripted provider failed with status ${status}.`), {
    status,
  });
}

type ChunkStep = Extract<ScriptStep, string | { text: unknown } | { thinking: unknown }>;

async function* playChunks(step: ChunkStep, options: PlayOptions): AsyncGenerator<ChatChunk, void> {
  const delayMs = (typeof step === "string" ? undefined : step.delayMs) ?? options.delayMs;
  for (const chunk of toChunks(step)) {
    if (delayMs > 0) {
      await wait(delayMs, options.signal);
      options.signal.throwIfAborted();
    }
    yield chunk;
  }
}

function toChunks(step: ChunkStep): readonly ChatChunk[] {
  if (typeof step === "string") return [{ content: step }];
  if ("thinking" in step) return [{ content: "", thinking: { ...step.thinking } }];
  const texts = typeof step.text === "string" ? [step.text] : step.text;
  return texts.map((content) => ({ content }));
}

function scriptedCall({ id, name, arguments: args = {} }: ScriptedToolCall): ToolCall {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  return { id, type: "function", function: { name, arguments: text } };
}

function toUsage(usage: Partial<Usage>): Usage {
  const { input_tokens = 0, output_tokens = 0 } = usage;
  return { total_tokens: input_tokens + output_tokens, ...usage, input_tokens, output_tokens };
}
