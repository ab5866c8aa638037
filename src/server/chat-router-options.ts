import type { NodeLLMCore } from "@node-llm/core";
import type { ChatAttachment } from "../chat/chat-message.ts";
import type { JsonValue } from "../shared/json-value.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { AgentInputs } from "../orm/agent-session.ts";
import type { OrmChatOptions } from "../orm/chat-settings.ts";
import type { PrismaClientLike } from "../orm/database/client/prisma-client-like.ts";
import type { AnyAgentClass } from "../orm/open-agent.ts";
import type { AttachmentLimits } from "./attachments/decode-attachments.ts";
import { attachmentMediaTypes } from "./attachments/media-types.ts";
import type { ChatRouterEvent } from "./chat-router-event.ts";
import type { ChatDrain } from "./create-drain.ts";
import type { ChatHub } from "./hub/chat-hub.ts";
import type { FailureListener } from "./report-failure.ts";
import type { ScopeLimits } from "./limits/account-limits.ts";
import { defaultScopeLimits } from "./limits/account-limits.ts";
import type { BudgetOption } from "./limits/budget-option.ts";
import type { ScopeOption } from "./scope.ts";
import type { AnswerOf, PerAnswer } from "./answer-of.ts";
import type { AnyOnFinish } from "./answer-finish.ts";
import type { StandardSchema } from "../orm/tools/standard-schema.ts";
import type { ContextLimits } from "../orm/provider/history.ts";
import type { DataSchemas, WrittenData } from "./tools/data-writer.ts";
import type { ToolsOption } from "./tools/router-tools.ts";

/**
 * The sizes that a chat router accepts: larger inputs are refused with `BAD_REQUEST`. And what a scope may do at once and
 * in a minute: more is refused with `TOO_MANY_REQUESTS`.
 */
export interface ChatLimits extends ScopeLimits, AttachmentLimits {
  /**
   * Characters of a user message.
   * @default 100_000
   */
  readonly maxPromptChars: number;
  /**
   * Characters of a chat's title.
   * @default 200
   */
  readonly maxTitleChars: number;
  /**
   * Characters of a chat's own instructions.
   * @default 20_000
   */
  readonly maxInstructionsChars: number;
  /**
   * Characters of the metadata of a chat or a message as JSON.
   * @default 20_000
   */
  readonly maxMetadataChars: number;
  /**
   * Versions of a question or an answer, which `send` with a `parentId` and `regenerate` make.
   * @default 100
   */
  readonly maxVersions: number;
  /**
   * Bytes of an output that the page sends with `respondToTool`, as JSON. They are counted before the tool's schema
   * sees them.
   * @default 200_000
   */
  readonly maxToolOutputBytes: number;
  /**
   * Bytes of all outputs of an answer's tool calls, as JSON and as the model is told of them. An output that the page
   * sends with `respondToTool` is refused when it would make them more.
   * @default 4_000_000
   */
  readonly maxAnswerOutputBytes: number;
  /**
   * Bytes of all attachments of a chat, on all of its branches.
   * @default 100_000_000
   */
  readonly maxChatAttachmentBytes: number;
  /**
   * Bytes of chats and messages, as JSON, that a scope may read in a minute, in each process, or `"unlimited"`: what
   * `list`, `get` and `messages` return, the snapshots and ends of `stream`s, and what other procedures return again. The
   * minute begins with the first of them.
   * @default 100_000_000
   */
  readonly messageBytesPerMinute: number | "unlimited";
  /**
   * Characters of a user message with all of its new attachments as `data:` URLs. `maxBodySize` of your tRPC handler
   * should be a little higher.
   * @default 6_000_000
   */
  readonly maxMessageChars: number;
}

export const defaultLimits: ChatLimits = {
  ...defaultScopeLimits,
  maxPromptChars: 100_000,
  maxTitleChars: 200,
  maxInstructionsChars: 20_000,
  maxMetadataChars: 20_000,
  maxVersions: 100,
  maxToolOutputBytes: 200_000,
  maxAnswerOutputBytes: 4_000_000,
  maxAttachments: 10,
  maxMessageChars: 6_000_000,
  maxAttachmentBytes: 4_000_000,
  maxMessageAttachmentBytes: 10_000_000,
  maxChatAttachmentBytes: 100_000_000,
  attachmentBytesPerMinute: 200_000_000,
  messageBytesPerMinute: 100_000_000,
  mediaTypes: attachmentMediaTypes,
};

/** What `send`, `regenerate` or `respondToTool` is about to send to the model. */
export interface BeforeSend<Context> {
  /** The procedure that was called. `respondToTool` continues an answer that was admitted before. */
  readonly procedure: "send" | "regenerate" | "respondToTool";
  /** The context of the caller's procedure. */
  readonly ctx: Context;
  /** The chat that the message belongs to. With `newChat` it does not exist yet, and never will if you throw. */
  readonly chat: ChatSummary;
  /** The text of the user message; with `regenerate` and `respondToTool`, that of the message that is answered. */
  readonly content: string;
  /** The attachments of that message. */
  readonly attachments: readonly ChatAttachment[];
  /** The model that will be asked. */
  readonly model: string;
}

/** The beginning of an answer. */
export interface AnswerStart<Context> extends AnswerOf<Context> {
  /** The answer. */
  readonly messageId: string;
  /** Aborts when the answer is stopped or interrupted. */
  readonly signal: AbortSignal;
  /** Writes data into the answer. Data of the same name and id is replaced. The model never gets it. */
  readonly writeData: (data: WrittenData) => void;
}

/** A tool call that the model asks for, before the tool runs. */
export interface ProposedToolCall<Context> {
  /** The context of the procedure that started the answer, or of the `respondToTool` that continued it. */
  readonly ctx: Context;
  /** The chat of the answer. */
  readonly chatId: string;
  /** The answer that the call is a part of. */
  readonly messageId: string;
  /** The call, which `respondToTool` names. */
  readonly toolCallId: string;
  /** The name of the tool. */
  readonly name: string;
  /** The arguments that the model wrote: parsed JSON, or the raw text when it is not valid JSON. */
  readonly arguments: JsonValue;
}

/** How the model names chats. */
export interface ChatTitleOptions {
  /**
   * The model to ask; a small one is good enough.
   * @default the model that gave the answer
   */
  readonly model?: string | undefined;
  /**
   * The system prompt of the call.
   * @default a built-in prompt that asks for at most six words in the language of the question
   */
  readonly instructions?: string | undefined;
  /**
   * How long the call may take, in milliseconds; `Infinity` for no limit. After that the chat keeps its provisional title.
   * @default 30_000
   */
  readonly timeout?: number | undefined;
}

/** The options of `createChatRouter`, besides `procedure` and `scope`. */
export interface UnscopedOptions<Context> extends Omit<
  OrmChatOptions,
  | "model"
  | "instructions"
  | "systemPrompt"
  | "provider"
  | "metadata"
  | "persistence"
  | "onFailure"
  | "tools"
  | "fallback"
  | "context"
  | "schema"
> {
  /**
   * Your Prisma client. `createChatRouter` throws `SCHEMA_MISMATCH` when its schema lacks tables or columns, and
   * names the command that adds them.
   */
  prisma: PrismaClientLike;
  /**
   * The LLM of NodeLLM's `createLLM` that gives the answers. Or a function that returns it for a caller and a chat, for
   * example with the user's own key; `models` is required then.
   *
   * @example
   * ```ts
   * llm: ({ ctx }) => createLLM({ provider: "openai", openaiApiKey: ctx.user.openaiKey })
   * ```
   */
  llm: PerAnswer<Context, NodeLLMCore>;
  /**
   * The models that a client may choose; the first one is the default. Or a function that returns those of a caller. An
   * empty list is a `CONFIGURATION` error.
   * @default the model of `agent`, or else the LLM's default model, alone
   */
  models?:
    | readonly string[]
    | ((options: { ctx: Context }) => readonly string[] | Promise<readonly string[]>)
    | undefined;
  /**
   * The system prompt of every chat, or a function that returns it for a caller and a chat. It comes first, and no
   * client can replace it.
   * @default none
   */
  instructions?: PerAnswer<Context, string | undefined>;
  /**
   * Models to ask, in order, when the model cannot answer, or a function that returns them for a caller and a chat: see
   * `fallback` of `createChat`.
   * @default none
   */
  fallback?: PerAnswer<Context, readonly string[] | undefined>;
  /**
   * How much of the history is sent to the provider, or a function that returns it for a caller and a chat.
   * @default what the context window of the model takes
   */
  context?: PerAnswer<Context, ContextLimits | undefined>;
  /**
   * Whether a client may give a chat instructions of its own, with `create` and `update`: `"append"` adds them after
   * the router's. Without it, such an input is refused with `BAD_REQUEST`.
   * @default no client may
   */
  clientInstructions?: "append" | undefined;
  /**
   * A class of NodeLLM's `Agent` that gives the answers. Its provider, instructions, temperature and other settings win
   * over those of the router and of the chat; its tools, middlewares and handlers are added to those of the router.
   * @default none
   */
  agent?: AnyAgentClass | undefined;
  /**
   * Returns what the agent's instructions and tools may depend on. What a client says must not be among it, unless the
   * agent is made for that.
   * @default nothing
   */
  agentInputs?: ((options: { ctx: Context; chat: ChatSummary }) => AgentInputs) | undefined;
  /** The limits of inputs and of each scope; what you leave out keeps its default. */
  limits?: Partial<ChatLimits> | undefined;
  /**
   * Returns what the answers and titles of the caller's scope may cost in a calendar period in UTC, in US dollars or in
   * tokens; `"unlimited"` for no budget. The database reserves and settles, so that all instances together let at most
   * one answer go over it. After that, `send`, `regenerate` and `respondToTool` are refused with `TOO_MANY_REQUESTS`
   * until the next period. Under a budget in US dollars, a model without a known price is refused.
   *
   * @default no budget
   * @example
   * ```ts
   * budget: ({ ctx }) => (ctx.user.isPaying ? { usd: 5, per: "day" } : { usd: 0.1, per: "day" })
   * ```
   */
  budget?: BudgetOption<Context> | undefined;
  /**
   * Asks the app about a subscription that is open, about every 30 seconds: return false, or throw, to end it. Without
   * it, a user who has signed out reads on until the subscription has reached its greatest age.
   */
  revalidate?: ((options: { ctx: Context }) => boolean | Promise<boolean>) | undefined;
  /**
   * How long a subscription is open at most, in milliseconds. After that its client subscribes again, after the last
   * event, and passes your middlewares again.
   * @default 300_000
   */
  maxSubscriptionAge?: number | undefined;
  /**
   * Whose calls `usage` adds up: those of the caller's scope, or those of everyone, for an administrator.
   * @default the caller's
   */
  usageOf?:
    | ((options: { ctx: Context }) => "caller" | "everyone" | Promise<"caller" | "everyone">)
    | undefined;
  /**
   * Called before anything is written by each procedure that makes the model go on: `send`, `regenerate` and
   * `respondToTool`. Throw a `TRPCError` to refuse it, for example when the user has no quota left; the client gets that
   * error.
   */
  beforeSend?: ((options: BeforeSend<Context>) => void | Promise<void>) | undefined;
  /**
   * The tools that run only after somebody has approved the call with `respondToTool`: their names, or a function
   * that decides for each call. A tool of `defineTool` may say so itself. Until then the answer waits in the database
   * with the status `awaiting_approval`; no process has to stay alive for it.
   * @default no tool needs an approval
   */
  needsApproval?:
    | readonly string[]
    | ((call: ProposedToolCall<Context>) => boolean | Promise<boolean>)
    | undefined;
  /**
   * How long an answer waits for an approval, or for the output of a tool that the page runs, in milliseconds, up to 20
   * days. After that it fails with the code `APPROVAL_EXPIRED` or `OUTPUT_EXPIRED`. Another value is a `CONFIGURATION` error.
   * @default 86_400_000 (a day)
   */
  approvalTimeout?: number | undefined;
  /**
   * Where readers find an answer while it is produced. Pass `createRedisHub` when the app runs as several instances.
   * @default `createMemoryHub()`, one for this router
   */
  hub?: ChatHub | undefined;
  /**
   * Keeps a serverless function alive until an answer, and the title made from it, is finished: pass `after` of
   * `next/server`, or your platform's `waitUntil`. It gets one promise for each answer, which never rejects.
   *
   * @example
   * ```ts
   * background: (answer) => after(answer)
   * ```
   */
  background?: ((answer: Promise<void>) => void) | undefined;
  /**
   * Whether the model names a chat after its first answer, with one more call in the background; or a function that
   * says so for a caller and a chat. Without it, and
   * until then, the title of a chat is the first line of its first question. A title that was set with `create` or
   * `update` always stays.
   * @default false
   */
  titles?: PerAnswer<Context, boolean | ChatTitleOptions | undefined>;
  /**
   * Lets the process shut down without losing answers: see `createDrain`. Without it, a `SIGTERM` interrupts the
   * answers in progress like a crash does.
   */
  drain?: ChatDrain | undefined;
  /**
   * Called with the original error of each answer, tool, title or `background` that failed, and of each `scope` that
   * was refused.
   * @default logs to the console, without the text of the error
   */
  onError?: FailureListener | undefined;
  /**
   * Called before the model is asked for an answer, and awaited: look something up, for example, and write it into the
   * answer as data. Not called when an answer continues after an approval. When it throws, the answer has failed.
   */
  onStart?: ((start: AnswerStart<Context>) => Promise<void> | void) | undefined;
  /**
   * Called with what happens in the router, for metrics and traces, but never for single chunks. It is called in the
   * middle of an answer, so it should return at once. What it throws is logged to the console and changes nothing.
   */
  onEvent?: ((event: ChatRouterEvent) => void) | undefined;
}

/**
 * The options of `createChatRouter`, besides `procedure`. The options of a NodeLLM chat (`tools`, `temperature`,
 * `thinking`, `maxTokens`, …) apply to every chat of the router.
 */
export interface ChatRouterOptions<Context> extends UnscopedOptions<Context> {
  /**
   * The tools that the model may call: those of `defineTool` and `createToolFactory`, and NodeLLM's classes, instances
   * and raw definitions. Or a function that returns those of a caller and a chat; it is asked once for each answer, and
   * again when the answer continues after an approval.
   * @default none
   */
  tools?: ToolsOption<Context> | undefined;
  /**
   * The schemas of the data that tools and `onStart` write into answers, by name. They are checked, and typed in every
   * client.
   * @default none: nothing can be written
   */
  data?: DataSchemas | undefined;
  /**
   * The schema of the answers: an object of zod (3.25 or 4), of another library that follows the Standard Schema, or JSON
   * Schema, which checks nothing. The model is asked for JSON, `object` of a message has what can be read of it while it
   * is written, and the checked value at the end. What does not fit is told to the model once; if it does not fit then,
   * the answer has failed with the code `INVALID_OUTPUT`.
   * @default none: answers are texts
   */
  schema?: unknown;
  /**
   * The schema of the `metadata` of chats and messages. It checks what clients send with `create`, `update` and `send`,
   * and what `onFinish` returns, and types it in every client.
   * @default any JSON object, up to `limits.maxMetadataChars`
   */
  metadata?: StandardSchema | undefined;
  /**
   * Called when an answer has ended, however it did, and awaited: see `AnswerFinish`. The metadata that it returns is
   * stored with the answer, and what it throws goes to `onError`.
   */
  onFinish?: AnyOnFinish<Context> | undefined;
  /**
   * Returns the columns that all chats of the caller have: they filter each query and are set on each new chat. Chats
   * outside the scope do not exist for the caller (`NOT_FOUND`). `"everyone"` lets every caller see every chat.
   *
   * The result is a plain object with at least one column of the chat's model, each with a string, a finite number, a
   * bigint or a boolean. Anything else, a promise included, is a `CONFIGURATION` error in every procedure: `onError`
   * says what is wrong, and nothing is read or written.
   *
   * @example
   * ```ts
   * scope: ({ ctx }) => ({ userId: ctx.user.id })
   * ```
   */
  scope: ScopeOption<Context>;
}
