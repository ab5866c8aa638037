import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../../chat/chat-error.ts";
import type { Database } from "../../database/database.ts";
import type { PrismaPromise } from "../../database/client/prisma-client-like.ts";
import { promptTokens } from "../../usage/estimate-tokens.ts";
import type { LedgerEntry } from "../../usage/ledger-statements.ts";
import { nextCallId } from "../../usage/ledger-statements.ts";
import type { CallOwner } from "../../usage/record-call.ts";
import { recordCall } from "../../usage/record-call.ts";
import { resolveLLM } from "../resolve-llm.ts";
import { recordProvider } from "./instrument-provider.ts";

/** A question that is asked for a chat, and is not one of its messages. */
export interface LooseQuestion {
  readonly owner: CallOwner;
  /** The id of its first call in the ledger. */
  readonly callId: string;
  readonly llm: NodeLLMCore;
  /** Null for the LLM's default. */
  readonly model: string | null;
  /** The models that are asked in place of others, which may belong to another provider. */
  readonly fallback?: readonly string[] | undefined;
  readonly instructions: string;
  readonly content: string;
  /** About how many tokens the answer has, for a provider that does not say. */
  readonly outputTokens: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the call and closes the provider's connection. */
  readonly signal: AbortSignal;
  /** Creates statements that run in the transaction that records the call that has brought the answer. */
  readonly after?: (() => readonly PrismaPromise<unknown>[]) | undefined;
  /** Called with a call that could not be recorded. */
  readonly onUnrecorded: (entry: LedgerEntry) => void;
}

/**
 * Asks a model without tools, history or a stream, and records the call.
 *
 * @returns the text of the answer.
 * @throws the provider's own error, or the signal's reason.
 * @throws ChatError `CONFIGURATION` when the LLM has no provider.
 */
export async function askOnce(db: Database, question: LooseQuestion): Promise<string> {
  const { owner, model, instructions, content, headers, signal, after, onUnrecorded } = question;
  const llm = resolveLLM(question.llm, model, question.fallback);
  if (llm.provider === undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "The LLM has no provider. Pass one to createLLM({ provider }).",
    );
  }
  let nextId = question.callId;
  const inputTokens = promptTokens([instructions, content]);
  const provider = recordProvider(llm.provider, {
    signal,
    cachesPrompt: false,
    onRequest: async (outcome) => {
      const outputTokens = outcome.errorCode === null ? question.outputTokens : 0;
      const callId = nextId;
      nextId = nextCallId(callId);
      const estimate = () => ({ inputTokens, outputTokens });
      await recordCall(db, owner, outcome, {
        callId,
        estimate,
        // A failed call may be followed by another attempt.
        after: outcome.errorCode === null ? after : undefined,
        isOfMessage: false,
        onUnrecorded,
      });
    },
  });
  const core = new NodeLLMCore(llm.config, provider, llm.retry, llm.middlewares);
  const chat = core.chat(model ?? llm.defaultChatModel ?? provider.defaultModel("chat"), {
    systemPrompt: instructions,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  return String(await chat.ask(content));
}
