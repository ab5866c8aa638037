import { randomUUID } from "node:crypto";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type {
  RegenerateInput,
  RespondToToolInput,
  SendMessageInput,
  SendMessageOutput,
} from "../../chat/chat-procedures.ts";
import type { BegunTurn, TurnRequest } from "../../orm/turn/begin-turn.ts";
import { beginTurn } from "../../orm/turn/begin-turn.ts";
import type { Database } from "../../orm/database/database.ts";
import { decideToolCall } from "../../orm/turn/decide-tool-call.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage, toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import type { AnswerRunner } from "./answer-runner.ts";
import { attachmentParts } from "./attachment-parts.ts";
import type { ChatAccess } from "../chat-access.ts";
import { messageNotFound } from "../errors.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { ChatModelList } from "../chats/chat-model-list.ts";
import type { LatestMessages } from "../streams/fresh-messages.ts";
import { readChatMessages } from "../chats/read-chat-messages.ts";
import { provisionalTitle } from "../titles/provisional-title.ts";
import { questionOf } from "./find-question.ts";
import type { BeforeSend, ChatLimits, ChatRouterOptions } from "../chat-router-options.ts";
import type { OwnAnswers } from "./local-answers.ts";
import { readMessage } from "../streams/read-saved-message.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import { createTurnSettings } from "./create-turn-settings.ts";

interface Dependencies<Context> {
  readonly options: ChatRouterOptions<Context>;
  readonly limits: ChatLimits;
  readonly db: Database;
  readonly hub: ChatHub;
  readonly access: ChatAccess<Context>;
  readonly current: LatestMessages;
  readonly models: ChatModelList;
  readonly runner: AnswerRunner;
  readonly answers: OwnAnswers;
}

/** The procedures that make an answer begin, or go on. */
export class ChatTurns<Context> {
  readonly #options: ChatRouterOptions<Context>;
  readonly #limits: ChatLimits;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #access: ChatAccess<Context>;
  readonly #current: LatestMessages;
  readonly #models: ChatModelList;
  readonly #runner: AnswerRunner;
  readonly #answers: OwnAnswers;

  constructor(dependencies: Dependencies<Context>) {
    this.#options = dependencies.options;
    this.#limits = dependencies.limits;
    this.#db = dependencies.db;
    this.#hub = dependencies.hub;
    this.#access = dependencies.access;
    this.#current = dependencies.current;
    this.#models = dependencies.models;
    this.#runner = dependencies.runner;
    this.#answers = dependencies.answers;
  }

  async send(ctx: Context, input: SendMessageInput): Promise<SendMessageOutput> {
    const chat = await this.#access.chat(ctx, input.chatId);
    // The database refuses a repetition by itself; it is looked for before only where it would be refused or counted.
    const isAdmitted = this.#answers.isAccepting && this.#options.beforeSend === undefined;
    if (input.id !== undefined && !isAdmitted) {
      const repeated = await this.#findSent(chat.id, input.id);
      if (repeated !== null) return repeated;
    }
    const attachments = input.attachments ?? [];
    if (input.content.trim() === "" && attachments.length === 0) {
      throw new ChatError("BAD_REQUEST", "The message is empty. Write something and send again.");
    }
    const parts = attachmentParts(input.content, attachments, this.#limits);
    const model = this.#models.choose(input.model, chat.model);
    const settings = createTurnSettings(this.#options, { ctx, chat, model });
    await this.#admit({ ctx, chat, content: input.content, attachments, model });
    const user = {
      id: input.id ?? randomUUID(),
      content: input.content,
      contentRaw: parts === null ? null : JSON.stringify(parts),
    };
    try {
      const begun = await this.#begin({
        chat,
        user,
        parentId: input.parentId,
        model,
        provider: settings.llm.provider?.id ?? null,
        title: provisionalTitle(input.content) ?? undefined,
      });
      const started = this.#start(begun, settings);
      if (begun.user === null || input.parentId === undefined) return started;
      const [userMessage = started.userMessage] = await readChatMessages(this.#db, chat.id, [
        begun.user,
      ]);
      return { ...started, userMessage };
    } catch (error) {
      // Another request with the same id may have been faster: then this one is its repetition.
      const isConflict = error instanceof ChatError && error.code === "CONFLICT";
      const repeated =
        isConflict && input.id !== undefined ? await this.#findSent(chat.id, input.id) : null;
      if (repeated === null) throw error;
      return repeated;
    }
  }

  async regenerate(
    ctx: Context,
    input: RegenerateInput,
  ): Promise<{ assistantMessage: ChatMessage }> {
    const { row, chat } = await this.#access.message(ctx, input.messageId);
    if (
      isInProgress(row.status ?? "complete") &&
      (row.turnLock == null || (await recoverMessage(this.#db, row)) === null)
    ) {
      throw new ChatError(
        "CONFLICT",
        "The answer is still in progress. Stop it, or wait until it ends, and try again.",
      );
    }
    const model = this.#models.choose(input.model, chat.model);
    const settings = createTurnSettings(this.#options, { ctx, chat, model });
    const question = await questionOf(this.#db, row);
    const { content, attachments } = toChatMessage(question);
    await this.#admit({ ctx, chat, content, attachments, model });
    const begun = await this.#begin({
      chat,
      user: null,
      parentId: question.id,
      model,
      provider: settings.llm.provider?.id ?? null,
    });
    const { assistantMessage } = this.#start(begun, settings);
    const [withSiblings = assistantMessage] = await readChatMessages(this.#db, chat.id, [
      begun.assistant,
    ]);
    return { assistantMessage: withSiblings };
  }

  async respondToTool(
    ctx: Context,
    input: RespondToToolInput,
  ): Promise<{ assistantMessage: ChatMessage }> {
    const { row, chat } = await this.#access.message(ctx, input.messageId);
    // A process that cannot go on with the answer does not decide, either: it would be lost with it.
    const model = row.modelId ?? this.#models.choose(undefined, chat.model);
    const settings = createTurnSettings(this.#options, { ctx, chat, model });
    const decided = await this.#answers.begin(() => decideToolCall(this.#db, row, input));
    if (decided !== null) {
      const { assistant, toolCalls, seq } = decided;
      const begun = { chat, user: null, assistant, continued: { toolCalls, seq } };
      this.#runner.start(begun, settings);
    }
    this.#hub.notify(chat.id);
    const now = await this.#db.message.findFirst({ where: { id: row.id } });
    if (now === null) throw messageNotFound();
    if (decided === null) await this.#tellDecisions(now);
    const [assistantMessage = toChatMessage(now)] = await this.#current.read(chat.id, [now]);
    return { assistantMessage };
  }

  /** The app may refuse, and so does a process that is about to end. */
  async #admit(
    sent: Omit<BeforeSend<Context>, "chat"> & { readonly chat: ChatRow },
  ): Promise<void> {
    this.#answers.checkAccepting();
    await this.#options.beforeSend?.({ ...sent, chat: toChatSummary(sent.chat, null) });
  }

  /** Other calls of the step may still run here: the answer's readers hear of the decision at once. */
  async #tellDecisions(row: MessageRow): Promise<void> {
    const live = await this.#hub.find(row.id);
    if (live === null || live.final !== null) return;
    for (const call of await readToolCalls(this.#db, [row])) live.setToolCall(toChatToolCall(call));
  }

  #begin(request: TurnRequest): Promise<BegunTurn> {
    return this.#answers.begin(() => beginTurn(this.#db, request));
  }

  #start(begun: BegunTurn, settings: TurnSettings): SendMessageOutput {
    this.#runner.start(begun, settings);
    const assistantMessage = toChatMessage(begun.assistant);
    return {
      userMessage: begun.user === null ? assistantMessage : toChatMessage(begun.user),
      assistantMessage,
    };
  }

  /** What an earlier request with this id committed; null when there was none. */
  async #findSent(chatId: string, id: string): Promise<SendMessageOutput | null> {
    const user = await this.#db.message.findFirst({ where: { id } });
    if (user === null) return null;
    if (user.chatId !== chatId || user.role !== "user") {
      throw new ChatError("BAD_REQUEST", "The id belongs to another message. Send with a new id.");
    }
    const assistant = await this.#db.message.findFirst({
      where: { chatId, parentId: id, role: "assistant" },
      orderBy: { position: "asc" },
    });
    if (assistant === null) {
      throw new ChatError(
        "CONFLICT",
        "The message has been sent before, and its answer did not come about. Use `regenerate` with its id to try again.",
      );
    }
    const answer =
      assistant.turnLock == null
        ? await readMessage(this.#db, assistant)
        : await this.#current.active(assistant);
    return { userMessage: toChatMessage(user), assistantMessage: answer };
  }
}
