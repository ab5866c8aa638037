import { randomUUID } from "node:crypto";
import { ChatError } from "../chat/chat-error.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import type {
  ChatModel,
  ChatStats,
  CreateChatInput,
  ListChatsInput,
  ListMessagesInput,
  Page,
  RegenerateInput,
  RespondToToolInput,
  SendMessageInput,
  SendMessageOutput,
  StreamInput,
  TrackedEvent,
  TrackedNotice,
  UpdateChatInput,
  WatchInput,
  UsageGroup,
  UsageInput,
} from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { BegunTurn } from "../orm/begin-turn.ts";
import { beginTurn, readChat } from "../orm/begin-turn.ts";
import { branchThrough } from "../orm/branch.ts";
import { Database } from "../orm/database.ts";
import { decideToolCall } from "../orm/decide-tool-call.ts";
import { readToolCalls } from "../orm/history.ts";
import type { Row } from "../orm/prisma-client-like.ts";
import { readStats } from "../orm/read-stats.ts";
import { readUsage } from "../orm/read-usage.ts";
import { recoverChat, recoverMessage } from "../orm/recover.ts";
import type { ChatRow, MessageRow } from "../orm/rows.ts";
import { toChatMessage } from "../orm/to-chat-message.ts";
import { toChatToolCall } from "../orm/turn-state.ts";
import type { TurnSettings } from "../orm/turn.ts";
import { AnswerRunner } from "./answer-runner.ts";
import { checkApprovalTimeout } from "./asks-approval.ts";
import { attachmentParts } from "./attachment-parts.ts";
import type { ChatHub } from "./chat-hub.ts";
import { listChats } from "./chat-list.ts";
import { ChatModelList } from "./chat-model-list.ts";
import { ChatSubscribers } from "./chat-subscribers.ts";
import { chatSettingColumns } from "./chat-setting-columns.ts";
import { createChatTitles } from "./chat-titles.ts";
import { createMemoryHub } from "./create-memory-hub.ts";
import { eventEmitter } from "./event-emitter.ts";
import { questionOf } from "./question-of.ts";
import { readMessagePage, toMessages } from "./message-page.ts";
import { turnRecovered } from "./observed-answer.ts";
import { provisionalTitle } from "./provisional-title.ts";
import type { ChatLimits, ChatRouterOptions } from "./router-options.ts";
import { defaultLimits } from "./router-options.ts";
import { readMessage, readSaved } from "./saved-message.ts";
import { schemaMismatch } from "./schema-mismatch.ts";
import { scopeColumns } from "./scope-columns.ts";
import { stopAnswer } from "./stop-answer.ts";
import { endId } from "./stream-events.ts";
import { toChatSummary } from "./to-chat-summary.ts";
import { turnSettings } from "./turn-settings.ts";

/** What the procedures do, for a caller whose context is known. */
export class ChatService<Context> {
  readonly limits: ChatLimits;
  readonly #options: ChatRouterOptions<Context>;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #models: ChatModelList;
  readonly #runner: AnswerRunner;
  readonly #subscribers: ChatSubscribers;

  /** @throws ChatError `SCHEMA_MISMATCH` when the Prisma schema lacks columns. */
  constructor(options: ChatRouterOptions<Context>) {
    const { prisma, llm, tableNames, models, limits, hub, background, onError, onEvent } = options;
    const emit = eventEmitter(onEvent);
    const onRecovered = emit === null ? null : (row: MessageRow) => emit(turnRecovered(row));
    checkApprovalTimeout(options.approvalTimeout);
    this.#options = options;
    this.limits = { ...defaultLimits, ...limits };
    this.#db = Database.open(prisma, tableNames, onRecovered);
    if (!this.#db.isExtended) throw schemaMismatch(this.#db.missing);
    this.#hub = hub ?? createMemoryHub();
    this.#models = new ChatModelList(llm, models);
    this.#runner = new AnswerRunner({
      db: this.#db,
      hub: this.#hub,
      background,
      onError,
      emit,
      titles: createChatTitles({ ...options, db: this.#db, hub: this.#hub, limits: this.limits }),
    });
    this.#subscribers = new ChatSubscribers(this.#db, this.#hub, emit);
  }

  async create(ctx: Context, input: CreateChatInput): Promise<ChatSummary> {
    const scope = this.#scope(ctx);
    if (input.model !== undefined) this.#models.check(input.model);
    if (
      input.metadata !== undefined &&
      JSON.stringify(input.metadata).length > this.limits.maxMetadataChars
    ) {
      throw new ChatError(
        "BAD_REQUEST",
        `The metadata is longer than ${this.limits.maxMetadataChars} characters of JSON.`,
      );
    }
    const model = input.model ?? this.#models.default;
    const data = {
      ...chatSettingColumns(this.#db, { ...input, model }),
      ...this.#db.pick("chat", { metadata: input.metadata, ...scope }),
    };
    const row = await this.#db.write(() => this.#db.chat.create({ data }));
    return toChatSummary(row, null);
  }

  async list(ctx: Context, input: ListChatsInput): Promise<Page<ChatSummary>> {
    return listChats(this.#db, this.#scope(ctx), input);
  }

  async get(ctx: Context, chatId: string): Promise<ChatSummary> {
    return this.#summary(await this.#readChat(ctx, chatId));
  }

  async update(ctx: Context, input: UpdateChatInput): Promise<ChatSummary> {
    if (input.model !== undefined) this.#models.check(input.model);
    const scope = this.#scope(ctx);
    const data = chatSettingColumns(this.#db, input);
    if (Object.keys(data).length > 0) {
      await this.#db.write(() =>
        this.#db.chat.updateMany({ where: { id: input.chatId, ...scope }, data }),
      );
    }
    const chat = await readChat(this.#db, input.chatId, scope);
    this.#hub.notify(chat.id);
    return this.#summary(chat);
  }

  async delete(ctx: Context, chatId: string): Promise<{ deleted: true }> {
    const chat = await this.#readChat(ctx, chatId);
    const active = await this.#db.message.findFirst({ where: { turnLock: chat.id } });
    const { count } = await this.#db.write(() =>
      this.#db.chat.deleteMany({ where: { id: chat.id } }),
    );
    this.#hub.notify(chat.id);
    if (active !== null) await this.#hub.stop(active.id);
    if (count === 0) await readChat(this.#db, chatId);
    return { deleted: true };
  }

  async messages(ctx: Context, input: ListMessagesInput): Promise<Page<ChatMessage>> {
    const chat = await this.#readChat(ctx, input.chatId);
    const { rows, nextCursor } = await readMessagePage(
      this.#db,
      chat.id,
      input.cursor ?? null,
      input.limit ?? 50,
    );
    return { items: await this.#toCurrent(chat.id, rows), nextCursor };
  }

  async send(ctx: Context, input: SendMessageInput): Promise<SendMessageOutput> {
    const chat = await this.#readChat(ctx, input.chatId);
    if (input.id !== undefined) {
      const repeated = await this.#findSent(chat.id, input.id);
      if (repeated !== null) return repeated;
    }
    const attachments = input.attachments ?? [];
    if (input.content.trim() === "" && attachments.length === 0) {
      throw new ChatError("BAD_REQUEST", "The message is empty. Write something and send again.");
    }
    const parts = attachmentParts(input.content, attachments, this.limits);
    const model = this.#models.choose(input.model, chat.model);
    const settings = turnSettings(this.#options, { ctx, chat, model });
    await this.#options.beforeSend?.({
      ctx,
      chat: toChatSummary(chat, null),
      content: input.content,
      attachments,
      model,
    });
    const user = {
      id: input.id ?? randomUUID(),
      content: input.content,
      contentRaw: parts === null ? null : JSON.stringify(parts),
    };
    try {
      const begun = await beginTurn(this.#db, {
        chat,
        user,
        parentId: input.parentId,
        model,
        provider: settings.llm.provider?.id ?? null,
        title: provisionalTitle(input.content) ?? undefined,
      });
      const started = this.#start(begun, settings);
      if (begun.user === null || input.parentId === undefined) return started;
      const [userMessage = started.userMessage] = await toMessages(this.#db, chat.id, [begun.user]);
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
    const { row, chat } = await this.#readMessage(ctx, input.messageId);
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
    const settings = turnSettings(this.#options, { ctx, chat, model });
    const begun = await beginTurn(this.#db, {
      chat,
      user: null,
      parentId: await questionOf(this.#db, row),
      model,
      provider: settings.llm.provider?.id ?? null,
    });
    const { assistantMessage } = this.#start(begun, settings);
    const [withSiblings = assistantMessage] = await toMessages(this.#db, chat.id, [
      begun.assistant,
    ]);
    return { assistantMessage: withSiblings };
  }

  async selectBranch(ctx: Context, messageId: string): Promise<{ chatId: string }> {
    const { row, chat } = await this.#readMessage(ctx, messageId);
    if (!(await recoverChat(this.#db, chat.id)).isFree) {
      throw new ChatError(
        "CONFLICT",
        "An answer is in progress in this chat. Stop it, or wait until it ends, and try again.",
      );
    }
    const changes = await branchThrough(this.#db, chat.id, row.id);
    if (changes.length > 0) {
      // A millisecond tells other instances that something has changed, and leaves the order of the list alone.
      const updatedAt = new Date(chat.updatedAt.getTime() + 1);
      const touch = this.#db.chat.updateMany({ where: { id: chat.id }, data: { updatedAt } });
      await this.#db.batch([...changes, touch]);
      this.#hub.notify(chat.id);
    }
    return { chatId: chat.id };
  }

  async stop(ctx: Context, messageId: string): Promise<{ stopped: boolean }> {
    const { row } = await this.#readMessage(ctx, messageId);
    return { stopped: await stopAnswer(this.#db, this.#hub, row) };
  }

  async respondToTool(
    ctx: Context,
    input: RespondToToolInput,
  ): Promise<{ assistantMessage: ChatMessage }> {
    const { row, chat } = await this.#readMessage(ctx, input.messageId);
    const decided = await decideToolCall(this.#db, row, input);
    if (decided !== null) {
      const { assistant, toolCalls, seq } = decided;
      const model = assistant.modelId ?? this.#models.choose(undefined, chat.model);
      const begun = { chat, user: null, assistant, continued: { toolCalls, seq } };
      this.#runner.start(begun, turnSettings(this.#options, { ctx, chat, model }));
    }
    this.#hub.notify(chat.id);
    const now = await this.#db.message.findFirst({ where: { id: row.id } });
    if (now === null) throw noSuchMessage();
    if (decided === null) await this.#tellDecisions(now);
    const [assistantMessage = toChatMessage(now)] = await this.#toCurrent(chat.id, [now]);
    return { assistantMessage };
  }

  async stats(ctx: Context, chatId: string): Promise<ChatStats> {
    const chat = await this.#readChat(ctx, chatId);
    return readStats(this.#db, chat.id);
  }

  async usage(ctx: Context, input: UsageInput): Promise<{ groups: UsageGroup[] }> {
    return { groups: await readUsage(this.#db, this.#scope(ctx), input) };
  }

  models(): ChatModel[] {
    return this.#models.list();
  }

  async *stream(
    ctx: Context,
    input: StreamInput,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedEvent, void, undefined> {
    const lastEventId = input.lastEventId ?? null;
    const live = await this.#hub.find(input.messageId);
    if (live !== null) {
      await this.#readChat(ctx, live.chatId, noSuchMessage);
      yield* this.#subscribers.stream(live, lastEventId, signal);
      return;
    }
    const { row } = await this.#readMessage(ctx, input.messageId);
    const isOver = row.turnLock == null;
    const recovered = isOver ? row : await recoverMessage(this.#db, row);
    const ended = row.status === "awaiting_approval" ? (recovered ?? row) : recovered;
    if (ended === null) {
      yield* this.#subscribers.follow(row, lastEventId, signal);
      return;
    }
    const [message] = await toMessages(this.#db, row.chatId, [ended]);
    yield {
      id: endId,
      data: { type: "done", message: message ?? (await readMessage(this.#db, ended)) },
    };
  }

  async *watch(
    ctx: Context,
    input: WatchInput,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedNotice, void, undefined> {
    const chat = await this.#readChat(ctx, input.chatId);
    yield* this.#subscribers.watch(chat.id, input.lastEventId ?? null, signal);
  }

  #scope(ctx: Context): Row {
    return scopeColumns(this.#options.scope?.({ ctx }), this.#db);
  }

  async #readChat(ctx: Context, chatId: string, otherwise?: () => ChatError): Promise<ChatRow> {
    try {
      return await readChat(this.#db, chatId, this.#scope(ctx));
    } catch (error) {
      if (otherwise !== undefined && error instanceof ChatError && error.code === "NOT_FOUND")
        throw otherwise();
      throw error;
    }
  }

  /** A message in the caller's scope. A stranger's and a missing one are told apart by nothing. */
  async #readMessage(ctx: Context, messageId: string): Promise<{ row: MessageRow; chat: ChatRow }> {
    const row = await this.#db.message.findFirst({ where: { id: messageId } });
    if (row === null) throw noSuchMessage();
    return { row, chat: await this.#readChat(ctx, row.chatId, noSuchMessage) };
  }

  async #summary(chat: ChatRow): Promise<ChatSummary> {
    const active = await this.#db.message.findFirst({ where: { turnLock: chat.id } });
    const isActive = active !== null && (await recoverMessage(this.#db, active)) === null;
    return toChatSummary(chat, isActive ? active.id : null);
  }

  /** Other calls of the step may still run here: the answer's readers hear of the decision at once. */
  async #tellDecisions(row: MessageRow): Promise<void> {
    const live = await this.#hub.find(row.id);
    if (live === null || live.final !== null) return;
    for (const call of await readToolCalls(this.#db, [row])) live.setToolCall(toChatToolCall(call));
  }

  /** The messages, with those in progress as new as this process knows them. */
  async #toCurrent(chatId: string, rows: readonly MessageRow[]): Promise<ChatMessage[]> {
    const messages = await toMessages(this.#db, chatId, rows);
    return Promise.all(
      rows.map(async (row, index) => {
        const message = messages[index] ?? toChatMessage(row);
        if (row.turnLock == null) return message;
        const { siblings, siblingIds } = message;
        return { ...(await this.#readActive(row)), siblings, siblingIds };
      }),
    );
  }

  /** An answer in progress, as new as this process knows it. */
  async #readActive(row: MessageRow): Promise<ChatMessage> {
    const live = await this.#hub.find(row.id);
    if (live !== null) return live.snapshot();
    const ended = await recoverMessage(this.#db, row);
    return ended === null ? (await readSaved(this.#db, row)).message : readMessage(this.#db, ended);
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
        : await this.#readActive(assistant);
    return { userMessage: toChatMessage(user), assistantMessage: answer };
  }
}

function noSuchMessage(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "There is no such message. It may have been deleted: reload the chat.",
  );
}
