import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../../chat/chat-error.ts";
import type { Database } from "../../database/database.ts";
import { recordProvider } from "./instrument-provider.ts";
import { recordRequest } from "../../messages/record-request.ts";
import { resolveLLM } from "../resolve-llm.ts";

/** A question that is asked for a chat, and is not one of its messages. */
export interface LooseQuestion {
  readonly chatId: string;
  readonly llm: NodeLLMCore;
  /** Null for the LLM's default. */
  readonly model: string | null;
  /** The models that are asked in place of others, which may belong to another provider. */
  readonly fallback?: readonly string[] | undefined;
  readonly instructions: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the call and closes the provider's connection. */
  readonly signal: AbortSignal;
}

/**
 * Asks a model without tools, history or a stream, and records the call in the chat's ledger.
 *
 * @returns the text of the answer.
 * @throws the provider's own error, or the signal's reason.
 * @throws ChatError `CONFIGURATION` when the LLM has no provider.
 */
export async function askOnce(db: Database, question: LooseQuestion): Promise<string> {
  const { chatId, model, instructions, content, headers, signal } = question;
  const llm = resolveLLM(question.llm, model, question.fallback);
  if (llm.provider === undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "The LLM has no provider. Pass one to createLLM({ provider }).",
    );
  }
  const provider = recordProvider(llm.provider, {
    signal,
    cachesPrompt: false,
    onRequest: (outcome) => recordRequest(db, { id: null, chatId }, outcome),
  });
  const core = new NodeLLMCore(llm.config, provider, llm.retry, llm.middlewares);
  const chat = core.chat(model ?? llm.defaultChatModel ?? provider.defaultModel("chat"), {
    systemPrompt: instructions,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  return String(await chat.ask(content));
}
