import type { ChatChunk, ChatRequest, ChatResponse, Provider } from "@node-llm/core";

import { Gate } from "./gate.ts";
import { playScript } from "./play-script.ts";
import type { Script } from "./script.ts";

/** What the provider answers: the same to each call, one script after the other, or by the request. */
export type Scripts =
  | Script
  | readonly (readonly Exclude<Script, string>[number][])[]
  | ((request: ChatRequest, call: number) => Script);

export interface ScriptedProviderOptions {
  /** "scripted" by default. */
  readonly id?: string;
  /** "scripted-model" by default. */
  readonly defaultModel?: string;
  /** Milliseconds before each chunk that does not say otherwise; 0 by default. */
  readonly delayMs?: number;
  /** Whether the last of several scripts answers all further calls; true by default, else they fail. */
  readonly repeatLast?: boolean;
}

/** A provider for tests: it needs no network, does what its script says and records what it was asked. */
export interface ScriptedProvider extends Provider {
  /** Each request as it would go over the wire, in the order of the calls: a copy, without functions. */
  readonly requests: readonly ChatRequest[];
  /** How many calls were made. A stream counts when its first chunk is asked for. */
  readonly calls: number;
  /** How many calls the caller ended early: by `signal`, or by leaving the stream. */
  readonly aborted: number;
  /** How many calls wait at a `hold`. */
  readonly holding: number;
  /** Lets `count` holds go on (1 by default), the oldest first; also those that are still to come. */
  release(count?: number): void;
  /** Resolves with the request of the call of that number, the first being 1, as soon as it was made. */
  waitForCall(number: number): Promise<ChatRequest>;
  /** Resolves as soon as a call waits at a `hold`. */
  waitForHold(): Promise<void>;
  stream(request: ChatRequest): AsyncIterable<ChatChunk>;
}

/**
 * Makes a NodeLLM provider that answers by a script: `createLLM({ provider: createScriptedProvider("Hi") })`.
 *
 * @param scripts a text; a list of steps; a list of such lists, one for each call; or a function of the
 * request and the number of the call (the first being 1).
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

  async function* answer(request: ChatRequest, closed: AbortSignal): AsyncGenerator<ChatChunk> {
    const given = request["signal"];
    const signal = given instanceof AbortSignal ? AbortSignal.any([given, closed]) : closed;
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
    stream: (request) => closable((closed) => answer(request, closed)),
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
    `The scripted provider was called ${call} times but has ${scripts.length} scripts.`,
  );
}

function isList(
  scripts: Exclude<Scripts, (...args: never) => unknown>,
): scripts is Extract<Scripts, readonly (readonly unknown[])[]> {
  return Array.isArray(scripts) && scripts.length > 0 && scripts.every(Array.isArray);
}

function toWire(request: ChatRequest): ChatRequest {
  const { signal: _, ...rest } = request;
  // JSON leaves out handlers and functions, which is what makes it the request as a provider sees it.
  return JSON.parse(JSON.stringify(rest)) as ChatRequest;
}

/** A generator that is waiting does not notice `return()`; this one is told by a signal. */
function closable(
  open: (closed: AbortSignal) => AsyncGenerator<ChatChunk>,
): AsyncIterable<ChatChunk> {
  return {
    [Symbol.asyncIterator]: () => {
      const controller = new AbortController();
      const chunks = open(controller.signal);
      const end = { done: true, value: undefined } as const;
      return {
        next: async () => {
          try {
            return await chunks.next();
          } catch (error) {
            if (controller.signal.aborted) return end;
            throw error;
          }
        },
        return: async () => {
          controller.abort();
          await chunks.return(undefined);
          return end;
        },
      };
    },
  };
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
