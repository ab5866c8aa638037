import type { ChatChunk, ToolCall, Usage } from "@node-llm/core";

import type { Gate } from "./gate.ts";
import type { Script, ScriptedToolCall, ScriptStep } from "./script.ts";

interface PlayOptions {
  readonly gate: Gate;
  readonly delayMs: number;
  readonly signal: AbortSignal;
}

/** Turns a script into the chunks of one provider call, the way real providers order them. */
export async function* playScript(
  script: Script,
  options: PlayOptions,
): AsyncGenerator<ChatChunk, void> {
  const toolCalls: ToolCall[] = [];
  let usage: Usage | null = null;
  for (const step of typeof script === "string" ? [script] : script) {
    options.signal.throwIfAborted();
    if (typeof step === "string" || "text" in step || "thinking" in step)
      yield* playChunks(step, options);
    else if ("toolCall" in step) toolCalls.push(toToolCall(step.toolCall));
    else if ("usage" in step) usage = toUsage(step.usage);
    else if ("hold" in step) await options.gate.pass(options.signal);
    else await playFault(step, options.signal);
  }
  options.signal.throwIfAborted();
  if (toolCalls.length > 0) yield { content: "", tool_calls: toolCalls };
  yield {
    content: "",
    done: true,
    finish_reason: toolCalls.length > 0 ? "tool_calls" : "stop",
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
  // What fetch says when the other side goes away in the middle of an answer.
  if ("drop" in step) throw new TypeError("terminated");
  if ("die" in step) process.kill(process.pid, "SIGKILL");
  return await new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** In the shape of core's own errors. */
function apiError(status: number): Error {
  return Object.assign(new Error(`The script fails with status ${status}.`), { status });
}

type ChunkStep = Extract<ScriptStep, string | { text: unknown } | { thinking: unknown }>;

async function* playChunks(step: ChunkStep, options: PlayOptions): AsyncGenerator<ChatChunk, void> {
  const delayMs = (typeof step === "string" ? undefined : step.delayMs) ?? options.delayMs;
  for (const chunk of toChunks(step)) {
    await delay(delayMs, options.signal);
    yield chunk;
  }
}

function toChunks(step: ChunkStep): readonly ChatChunk[] {
  if (typeof step === "string") return [{ content: step }];
  if ("thinking" in step) return [{ content: "", thinking: { ...step.thinking } }];
  const texts = typeof step.text === "string" ? [step.text] : step.text;
  return texts.map((content) => ({ content }));
}

function toToolCall({ id, name, arguments: args = {} }: ScriptedToolCall): ToolCall {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  return { id, type: "function", function: { name, arguments: text } };
}

function toUsage(usage: Partial<Usage>): Usage {
  const { input_tokens = 0, output_tokens = 0 } = usage;
  return { total_tokens: input_tokens + output_tokens, ...usage, input_tokens, output_tokens };
}

async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", abort, { once: true });
  });
}
