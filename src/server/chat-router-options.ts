import type { NodeLLMCore } from "@node-llm/core";
import type { ChatAttachment, JsonValue } from "../chat/chat-message.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { OrmChatOptions } from "../orm/chat-settings.ts";
import type { PrismaClientLike } from "../orm/database/prisma-client-like.ts";
import type { ChatDrain } from "./create-drain.ts";
import type { ChatHub } from "./hub/chat-hub.ts";
import type { ChatRouterEvent } from "./chat-router-event.ts";
import type { FailureListener } from "./report-failure.ts";

/** Sizes that the router accepts. */
export interface ChatLimits {
  /** 100,000 by default. */
  readonly maxPromptChars: number;
  /** 200 by default. */
  readonly maxTitleChars: number;
  /** 20,000 by default. */
  readonly maxInstructionsChars: number;
  /** Of a chat's metadata as JSON; 20,000 by default. */
  readonly maxMetadataChars: number;
  /** Of one message; 10 by default. */
  readonly maxAttachments: number;
  /** Of one attachment as a `data:` URL; 8,000,000 by default. */
  readonly maxAttachmentChars: number;
  /** Beginnings of the media types that are taken; images, plain text, Markdown, CSV and JSON by default. */
  readonly mediaTypes: readonly string[];
}

export const defaultLimits: ChatLimits = {
  maxPromptChars: 100_000,
  maxTitleChars: 200,
  maxInstructionsChars: 20_000,
  maxMetadataChars: 20_000,
  maxAttachments: 10,
  maxAttachmentChars: 8_000_000,
  mediaTypes: ["image/png", "image/jpeg", "image/gif", "image/webp", "text/", "application/json"],
};

/** What is about to be sent to the model, for quotas: by `send`, or again by `regenerate`. */
export interface BeforeSend<Context> {
  readonly ctx: Context;
  readonly chat: ChatSummary;
  readonly content: string;
  readonly attachments: readonly ChatAttachment[];
  readonly model: string;
}

/** A call of a tool that the model asks for, before it runs. */
export interface ProposedToolCall<Context> {
  /** Of the request that began the answer, or of the one that continued it. */
  readonly ctx: Context;
  readonly chatId: string;
  readonly messageId: string;
  readonly toolCallId: string;
  readonly name: string;
  /** As the model wrote them: parsed JSON, or the text when it was not JSON. */
  readonly arguments: JsonValue;
}

/** How the titles of chats are made. */
export interface ChatTitleOptions {
  /** The model to ask; the one that gave the answer by default. A small one will do. */
  readonly model?: string | undefined;
  /** The system prompt of that call. */
  readonly instructions?: string | undefined;
  /** Milliseconds after which the chat keeps its first words; 30,000 by default. */
  readonly timeout?: number | undefined;
}

/** Options of `createChatRouter`, besides those of the chats (`temperature`, `thinking`, `maxTokens`, …). */
export interface ChatRouterOptions<Context> extends Omit<
  OrmChatOptions,
  "model" | "instructions" | "provider" | "metadata" | "onFailure"
> {
  prisma: PrismaClientLike;
  llm: NodeLLMCore;
  /**
   * Columns of the chat row that every chat of the caller has: the filter of each query and the default of
   * each new chat. Everything else is `NOT_FOUND`. Without it, every caller sees every chat.
   */
  scope?:
    | ((options: { ctx: Context }) => {
        readonly [column: string]: string | number | boolean | null;
      })
    | undefined;
  /** What a client may choose from; the first one is the default. Without it: the LLM's default model alone. */
  models?: readonly string[] | undefined;
  /** The system prompt of chats that have none of their own. */
  instructions?: string | undefined;
  limits?: Partial<ChatLimits> | undefined;
  /** Called before anything is written; throw a `TRPCError` to refuse (quotas). */
  beforeSend?: ((options: BeforeSend<Context>) => void | Promise<void>) | undefined;
  /**
   * The tools that may run only when somebody allows it with `respondToTool`: their names, or a function that
   * is asked for each call. The answer waits with the status `awaiting_approval`, in the database alone.
   */
  needsApproval?:
    | readonly string[]
    | ((call: ProposedToolCall<Context>) => boolean | Promise<boolean>)
    | undefined;
  /**
   * For how long an answer waits for that, in milliseconds: 86,400,000 (a day) by default, at most 20 days.
   * Then it fails with the code `APPROVAL_EXPIRED`.
   */
  approvalTimeout?: number | undefined;
  /** `createMemoryHub()` by default: one for this router. */
  hub?: ChatHub | undefined;
  /**
   * Takes the promise of each answer, and of the title that is made of it, so that a serverless function
   * lives until it ends: `after` of `next/server`, or `waitUntil`. It never rejects.
   */
  background?: ((answer: Promise<void>) => void) | undefined;
  /**
   * Whether the model names a chat after its first answer: a call of its own, once for a chat, in the
   * background. False by default: a chat is then called by the first line of its first question. A title
   * that was given to `create` or `update` stays in any case.
   */
  titles?: boolean | ChatTitleOptions | undefined;
  /** `createDrain()`: lets the process end without a loss. Without it a `SIGTERM` is like a crash. */
  drain?: ChatDrain | undefined;
  /** Is told of answers, titles and a `background` that failed, with their own error; the console by default. */
  onError?: FailureListener | undefined;
  /** Is told what happens, for metrics and traces; never of single chunks. What it throws goes to the console. */
  onEvent?: ((event: ChatRouterEvent) => void) | undefined;
}
