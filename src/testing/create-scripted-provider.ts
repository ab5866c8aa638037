import type { ChatChunk, ChatRequest, ChatResponse, Provider } from "@node-llm/core";

import { leaveOnReturn } from "../shared/leave-on-return.ts";
import { Gate } from "./gate.ts";
import { playScript } from "./play-script.ts";
import type { Script, Scripts } from "./script.ts";

/** The options of `createScriptedProvider`. */
export interface ScriptedProviderOptions {
  /**
   * The provider's id, which is stored with each message.
   *
   * @default "scripted"
   */
  readonly id?: string;
  /**
   * The model of a chat that names none.
   *
   * @default "scripted-model"
   */
  readonly defaultModel?: string;
  /**
   * The delay before each chunk whose step sets no delay, in milliseconds.
   *
   * @default 0
   */
  readonly delayMs?: number;
  /**
   * Whether the last of several scripts also answers all further calls. If not, they fail.
   *
   * @default true
   */
  readonly repeatLast?: boolean;
}

/** A provider for tests. It follows scripts, records its requests and needs no network. */
export interface ScriptedProvider extends Provider {
  /** A copy of each request in the order of the calls, as a provider would receive it: without functions. */
  readonly requests: readonly ChatRequest[];
  /** How many calls were made. A stream counts once its first chunk is requested. */
  readonly calls: number;
  /** How many calls the caller ended early, through the signal or by leaving the stream. */
  readonly aborted: number;
  /** How many calls are waiting at a `hold`. */
  readonly holding: number;
  /**
   * Lets calls that wait at a `hold` continue, the oldest first. A release that comes before its `hold` counts too.
   *
   * @param count how many holds to release. Defaults to 1.
   */
  release(count?: number): void;
  /**
   * Resolves with the request of a call, as soon as it is made.
   *
   * @param number the number of the call, which starts at 1.
   */
  waitForCall(number: number): Promise<ChatRequest>;
  /** Resolves as soon as a call is waiting at a `hold`. */
  waitForHold(): Promise<void>;
  /** Answers a request with the chunks of the next script. Leaving the stream early counts as `aborted`. */
  stream(request: ChatRequest): AsyncIterable<ChatChunk>;
}

/**
 * Creates a NodeLLM provider that follows a script, so tests need neither a model nor a network.
 *
 * @param scripts what the provider sends: a text or a list of steps for all calls, a list of such lists with
 * one for each call, or a function that returns the script for a request.
 *
 * @example
 * ```ts
 * const llm = createLLM({ provider: createScriptedProvider("Hello!") });
 * ```
 *
 * @example
 * A tool call, and an answer that waits in the middle until the test releases it:
 * ```ts
 * const provider = createScriptedProvider([
 *   [{ toolCall: { id: "1", name: "get_weather", arguments: { city: "Oslo" } } }],
 *   ["It is ", { hold: true }, "cold.", { usage: { input_tokens: 12, output_tokens: 4 } }],
 * ]);
 * const answer = chat.ask("How is the weather in Oslo?");
 * await provider.waitForHold();
 * provider.release();
 * await answer;
 * expect(provider.calls).toBe(2);
 * ```
 */
export function createScriptedProvider(
  scripts: Scripts,
  options: ScriptedProviderOptions = {},
): ScriptedProvider {
  const { id = "scripted", defaultModel = "scripted-model", delayMs = 0 } = options;
  const gate = new Gate();
  const requests: ChatRequest[] = [];
  const callWatchers = new Set<() => void>();
  let aborted = 0;

  function begin(request: ChatRequest): Script {
    requests.push(toWire(request));
    for (const watcher of callWatchers) watcher();
    return pickScript(scripts, request, requests.length, options.repeatLast ?? true);
  }

  async function* answer(
    request: ChatRequest,
    left: AbortSignal,
  ): AsyncGenerator<ChatChunk, void, undefined> {
    const given = request["signal"];
    const signal = given instanceof AbortSignal ? AbortSignal.any([given, left]) : left;
    let ended = false;
    try {
      const script = begin(request);
      yield* playScript(script, { gate, delayMs, signal });
      ended = true;
    } catch (error) {
      ended = !signal.aborted;
      throw error;
    } finally {
      if (!ended) aborted++;
    }
  }

  return {
    id,
    capabilities,
    defaultModel: () => defaultModel,
    formatToolResultMessage: (toolCallId, content, { isError } = {}) => ({
      role: "tool",
      tool_call_id: toolCallId,
      content,
      ...(isError === undefined ? {} : { isError }),
    }),
    chat: async (request) => await collect(answer(request, new AbortController().signal)),
    stream: (request) => {
      const leaving = new AbortController();
      return leaveOnReturn(answer(request, leaving.signal), () => leaving.abort());
    },
    get requests() {
      return requests;
    },
    get calls() {
      return requests.length;
    },
    get aborted() {
      return aborted;
    },
    get holding() {
      return gate.waiting;
    },
    release: (count = 1) => gate.release(count),
    waitForHold: () => gate.reached(),
    waitForCall: async (number) =>
      await new Promise((resolve) => {
        const check = (): void => {
          const request = requests[number - 1];
          if (request === undefined) return;
          callWatchers.delete(check);
          resolve(request);
        };
        callWatchers.add(check);
        check();
      }),
  };
}

const capabilities = {
  supportsVision: () => true,
  supportsTools: () => true,
  supportsStructuredOutput: () => true,
  supportsEmbeddings: () => true,
  supportsImageGeneration: () => true,
  supportsTranscription: () => true,
  supportsModeration: () => true,
  supportsReasoning: () => true,
  supportsDeveloperRole: () => true,
  supportsPrediction: () => true,
  supportsToolChoice: () => true,
  getContextWindow: () => null,
};

function pickScript(
  scripts: Scripts,
  request: ChatRequest,
  call: number,
  repeatLast: boolean,
): Script {
  if (typeof scripts === "function") return scripts(request, call);
  if (!isList(scripts)) return scripts;
  const script = scripts[call - 1] ?? (repeatLast ? scripts.at(-1) : undefined);
  if (script !== undefined) return script;
  throw new Error(
    `Call ${call} of the scripted provider has no script (scripts: ${scripts.length}). Add one, or remove repeatLast: false.`,
  );
}

function isList(
  scripts: Exclude<Scripts, (...args: never) => unknown>,
): scripts is Extract<Scripts, readonly (readonly unknown[])[]> {
  return Array.isArray(scripts) && scripts.length > 0 && scripts.every(Array.isArray);
}

function toWire(request: ChatRequest): ChatRequest {
  const { signal: _, ...rest } = request;
  // JSON drops the tools' handlers, which never reach a real provider either.
  const copy: ChatRequest = JSON.parse(JSON.stringify(rest));
  return copy;
}

async function collect(chunks: AsyncIterable<ChatChunk>): Promise<ChatResponse> {
  let content = "";
  const response: Omit<ChatResponse, "content"> = {};
  for await (const chunk of chunks) {
    content += chunk.content;
    if (chunk.thinking !== undefined) {
      const text = (response.thinking?.text ?? "") + (chunk.thinking.text ?? "");
      response.thinking = { ...response.thinking, ...chunk.thinking, text };
    }
    if (chunk.tool_calls !== undefined) response.tool_calls = chunk.tool_calls;
    if (chunk.usage !== undefined) response.usage = chunk.usage;
    if (chunk.finish_reason !== undefined) response.finish_reason = chunk.finish_reason;
  }
  return { content: content === "" ? null : content, ...response };
}
