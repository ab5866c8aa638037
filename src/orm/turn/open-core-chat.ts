import type { ContentPart, Chat as CoreChat, Message } from "@node-llm/core";
import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { AnswerObserver } from "../provider/call/call-observer.ts";
import { ContinuedAnswer } from "../provider/call/continued-answer.ts";
import { readContext, replay, toToolCall } from "../provider/history.ts";
import { readUserContents } from "../provider/read-user-contents.ts";
import { instrumentProvider } from "../provider/call/instrument-provider.ts";
import { guardHooks } from "../tools/guard-hooks.ts";
import { RawResults } from "../tools/raw-results.ts";
import { resolveTools } from "../tools/resolve-tools.ts";
import { schemaParams } from "../tools/to-core-schema.ts";
import type { TurnLeg } from "./turn-leg.ts";
import { turnDefaults } from "./turn-settings.ts";

/**
 * Opens NodeLLM's chat for one leg of a turn: with the history replayed, and an instrumented provider that reports what
 * the model produces.
 *
 * @returns the chat and the question to ask it.
 * @throws ChatError `BAD_REQUEST` when the newest message is not a user message, `CONFIGURATION` when the LLM has no
 *   provider.
 */
export async function openCoreChat(
  leg: TurnLeg,
): Promise<{ readonly chat: CoreChat; readonly question: string | ContentPart[] }> {
  const { db, settings } = leg;
  const { rows, toolCalls } = await readMessages(leg);
  const contentOf = await readUserContents(db, rows, {
    storage: settings.attachments,
    maxFileBytes: settings.context.maxFileBytes ?? turnDefaults.maxFileBytes,
    assumeModelExists: settings.options.assumeModelExists ?? false,
  });
  const messages = replay(rows, toolCalls, settings.llm.provider?.id ?? "", contentOf);
  const newest = messages.at(-1);
  if (newest?.role !== "user" || newest.content === null || newest.content instanceof String) {
    throw new ChatError(
      "BAD_REQUEST",
      "There is no question to answer: the newest message is not a user message.",
    );
  }
  const chat = createCoreChat(leg, messages.slice(0, -1));
  leg.asked = { messages, chat };
  return { chat, question: newest.content };
}

/**
 * Reads the messages to send. A question that begins its branch is all of them, unless an extension may have stored another
 * one, or `onStart` may have changed it.
 */
async function readMessages({
  db,
  begun: { chat, user, assistant },
  settings,
}: TurnLeg): ReturnType<typeof readContext> {
  const isAsGiven = !db.isExtended && settings.onStart === undefined;
  if (user?.parentId === null && isAsGiven) return { rows: [user], toolCalls: [] };
  return readContext(db, chat, assistant, settings.context);
}

/**
 * Opens NodeLLM's chat to have the answer corrected: it has what was asked and what was answered.
 *
 * @throws Error when the answer was not asked for before.
 */
export function openCorrection(leg: TurnLeg): CoreChat {
  if (leg.asked === null) throw new Error("There is no answer to correct.");
  leg.state.beginCorrection();
  return createCoreChat(leg, [...leg.asked.messages, ...leg.replayed()]);
}

function createCoreChat(leg: TurnLeg, messages: Message[]): CoreChat {
  const { settings, sink, control, state, log, tools, meter } = leg;
  const { llm, model, options, instructions } = settings;
  if (llm.provider === undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "The LLM has no provider. Pass one to createLLM({ provider }).",
    );
  }
  /** The text of a tool that ended the answer. */
  let halt: string | null = null;
  const observer: AnswerObserver = {
    signal: control.signal,
    idleTimeout: settings.idleTimeout ?? turnDefaults.idleTimeout,
    cachesPrompt: settings.promptCaching ?? true,
    // With a sink, nobody reads the chunks of the stream.
    mergesText: sink !== null,
    toolCallIds: new Set(state.toolCalls.keys()),
    onCall: () => state.beginStep(),
    onModel: (called) => leg.switchModel(called),
    admit: (request, called) => meter.admit(request, called),
    takeHalt: () => {
      const taken = halt;
      halt = null;
      leg.isHalted ||= taken !== null;
      return taken;
    },
    isWaiting: () => state.isWaiting,
    hasToolResults: () => state.hasToolResults,
    continued: state.isCorrecting ? null : continuedAnswer(leg, llm.provider.id),
    onToolAnswer: (id, content) => tools.onAnswer(id, content),
    onText: (text, waitedMs) => {
      state.appendText(text);
      if (state.isCorrecting) return;
      log?.append({ kind: "text", text }, waitedMs);
      sink?.append("text", text, waitedMs);
    },
    onThinking: (thinking) => {
      state.appendThinking(thinking);
      const text = thinking.text ?? "";
      log?.append({ kind: "thinking", text });
      sink?.append("thinking", text);
    },
    onWritten: (piece) => tools.write(piece),
    onToolCalls: (calls) => tools.propose(calls),
    onFinish: (reason) => {
      state.finishReason = reason;
    },
    onRequest: async (outcome) => {
      state.addRequest(outcome);
      sink?.onRequest?.(outcome);
      if (settings.persistence?.requests !== false) await meter.record(outcome);
    },
  };
  const provider = instrumentProvider(llm.provider, observer, settings.fallback);
  const defaults = llm.defaultChatModel === undefined ? {} : { chat: llm.defaultChatModel };
  const core = new NodeLLMCore(llm.config, provider, llm.retry, llm.middlewares, defaults);
  const systemPrompt = instructions.filter((text) => text.trim() !== "").join("\n\n");
  const results = new RawResults();
  const params = { ...schemaParams(options.schema), ...options.params };
  const chat = core.chat(model ?? undefined, {
    ...results.hooks(guardHooks(options)),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    messages,
    ...(systemPrompt === "" ? {} : { systemPrompt }),
    tools: resolveTools([...(options.tools ?? []), ...(settings.tools ?? [])], {
      messageId: leg.begun.assistant.id,
      timeout: settings.toolTimeout ?? turnDefaults.toolTimeout,
      maxResultChars: settings.maxToolResultChars ?? turnDefaults.maxToolResultChars,
      signal: control.signal,
      onHalt: (text) => {
        halt ??= text;
      },
      onCall: () => results.expect(),
      onOutput: (toolCallId, output) => tools.setOutput(toolCallId, output),
      onProgress: (toolCallId, progress) => tools.setProgress(toolCallId, progress),
      onData: (part) => tools.writeData(part),
    }),
    middlewares: [tools.middleware(), ...(options.middlewares ?? [])],
  });
  return chat.afterResponse((response) => {
    state.setStepText(toStorable(response.toString()));
    return Promise.resolve();
  });
}

/** For an answer that continues: the approved calls for NodeLLM to run, and the messages for the provider. */
function continuedAnswer({ begun, state }: TurnLeg, providerId: string): ContinuedAnswer | null {
  const { continued, assistant } = begun;
  if (continued === undefined) return null;
  const approved = continued.toolCalls.filter((call) => call.result === null);
  return new ContinuedAnswer(approved.map(toToolCall), () => {
    const calls = continued.toolCalls.map((row) => {
      const { result, status } = state.toolCalls.get(row.toolCallId) ?? row;
      return { ...row, result, ...(status === undefined ? {} : { status }) };
    });
    return replay([assistant], calls, providerId);
  });
}
