import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import { instrumentProvider } from "./instrument-provider.ts";
import { recordRequest } from "../messages/record-request.ts";
import { resolveLLM } from "./resolve-llm.ts";

/** A question that belongs to a chat and to none of its messages. */
export interface LooseQuestion {
  readonly chatId: string;
  readonly llm: NodeLLMCore;
  readonly model: string | null;
  readonly instructions: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the call and closes the provider's connection. */
  readonly signal: AbortSignal;
}

/**
 * Asks a model without tools, history or stream, and resolves to its text. The call is in the chat's ledger.
 *
 * @throws the provider's own error, or the reason of the signal.
 */
export async function askOnce(db: Database, question: LooseQuestion): Promise<string> {
  const { chatId, model, instructions, content, headers, signal } = question;
  const llm = resolveLLM(question.llm, model);
  if (llm.provider === undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "The LLM has no provider. Pass one to createLLM({ provider }).",
    );
  }
  const provider = instrumentProvider(llm.provider, {
    signal,
    idleTimeout: 0, // of streams
    toolCallIds: new Set(),
    onCall: () => undefined,
    takeHalt: () => null,
    isWaiting: () => false,
    continued: null,
    onToolAnswer: () => ({ isError: false }),
    onText: () => undefined,
    onThinking: () => undefined,
    onToolCalls: () => Promise.resolve([]),
    onRequest: (outcome) => recordRequest(db, { id: null, chatId }, outcome),
  });
  const core = new NodeLLMCore(llm.config, provider, llm.retry, llm.middlewares);
  const chat = core.chat(model ?? llm.defaultChatModel ?? provider.defaultModel("chat"), {
    systemPrompt: instructions,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  return String(await chat.ask(content));
}
