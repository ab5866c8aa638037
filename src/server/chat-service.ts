import type { ChatMessage, DataPart, WithObject } from "../chat/chat-message.ts";
import { isWaiting } from "../chat/chat-message.ts";
import type {
  AttachmentContent,
  AttachmentQuery,
  ChatModel,
  ChatStats,
  CreateChatInput,
  ListChatsInput,
  ListMessagesInput,
  Page,
  RegenerateInput,
  SendMessageOutput,
  StreamInput,
  TrackedEvent,
  TrackedNotice,
  UpdateChatInput,
  UsageGroup,
  UsageInput,
  WatchInput,
} from "../chat/chat-procedures.ts";
import type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
import { Database } from "../orm/database/database.ts";
import { readyDatabase } from "../orm/database/extensions/ready-database.ts";
import { identifyDatabase } from "./hub/identify-database.ts";
import type { ChatRow, MessageRow } from "../orm/database/rows.ts";
import { noSuchChat, readChat } from "../orm/messages/read-chat.ts";
import { readStats } from "../orm/messages/read-stats.ts";
import type { AccountLimits } from "../orm/usage/account-statements.ts";
import { readUsage } from "../orm/usage/read-usage.ts";
import { everyone, scopeKey } from "../orm/usage/scope-key.ts";
import { isBeingTold } from "../orm/turn/finish-turn.ts";
import { recoverMessage } from "../orm/turn/recover.ts";
import { AnswerFinisher } from "./answers/answer-finisher.ts";
import { AnswerRunner } from "./answers/answer-runner.ts";
import { recoveryListener, waitingTurnStopped } from "./answers/answer-telemetry.ts";
import type { ToolResponseInput } from "./answers/decision-of.ts";
import { TurnProcedures } from "./answers/turn-procedures.ts";
import { checkOptions, checkSchemaOf } from "./answers/check-options.ts";
import { LocalAnswers } from "./answers/local-answers.ts";
import { stopAnswer } from "./answers/stop-answer.ts";
import type { Caller } from "./chat-access.ts";
import { ChatFiles } from "./attachments/chat-files.ts";
import type { SentMessage } from "./attachments/message-files.ts";
import { ChatAccess, readBy } from "./chat-access.ts";
import type { CallInfo } from "./reads/chat-reads.ts";
import { ChatReads } from "./reads/chat-reads.ts";
import type { EmitEvent } from "./chat-router-event.ts";
import { emitConnection, eventEmitter } from "./chat-router-event.ts";
import type { ChatLimits, ChatRouterOptions } from "./chat-router-options.ts";
import { resolveLimits } from "./inputs/resolve-limits.ts";
import { agentModels, CallerModels } from "./chats/caller-models.ts";
import { chatSettingColumns } from "./chats/chat-setting-columns.ts";
import { createChatRow, newChatColumns } from "./chats/create-chat-row.ts";
import { deleteChat } from "./chats/deletions.ts";
import { selectBranch } from "./chats/select-branch.ts";
import { toChatSummary } from "./chats/to-chat-summary.ts";
import type { ClientRequest } from "./limits/client-request.ts";
import { toAccountLimits } from "./limits/account-limits.ts";
import { ReadLimiter } from "./limits/read-limiter.ts";
import { SubscriptionSlots } from "./limits/subscription-slots.ts";
import { SpendingPlan } from "./limits/spending-plan.ts";
import { messageNotFound } from "./errors.ts";
import type { ChatHub } from "./hub/chat-hub.ts";
import { MetadataCheck } from "./inputs/check-metadata.ts";
import { createMemoryHub } from "./hub/create-memory-hub.ts";
import { readEnded } from "./streams/event-reader.ts";
import { FreshMessages } from "./streams/fresh-messages.ts";
import { AccessGuard } from "./streams/access-guard.ts";
import type { Reader } from "./streams/subscriptions.ts";
import { openLazily } from "./streams/open-lazily.ts";
import { Subscriptions } from "./streams/subscriptions.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import { typed } from "./tools/router-tools.ts";
import { ChatTitles } from "./titles/chat-titles.ts";

/** How many bytes of messages and chats one request reads at most: about 20 pages in one batch. */
const maxRequestBytes = 24_000_000;
/** What the read of a usage counts as while it is in progress: about 400 days. */
const usageBytes = 100_000;

/**
 * What the procedures of a chat router do, without tRPC.
 *
 * @typeParam Call a call of the router's tools, in its messages.
 */
export class ChatService<
  Context,
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  readonly limits: ChatLimits;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #emit: EmitEvent | null;
  readonly #models: CallerModels<Context>;
  readonly #access: ChatAccess<Context>;
  readonly #files: ChatFiles<Context>;
  readonly #reads: ChatReads<Context>;
  readonly #texts: ReadLimiter;
  readonly #metadata: MetadataCheck;
  readonly #finisher: AnswerFinisher<Context>;
  readonly #turns: TurnProcedures<Context>;
  readonly #subscriptions: Subscriptions<Context>;
  readonly #slots: SubscriptionSlots;
  readonly #accountLimits: AccountLimits;
  readonly #usageOf: NonNullable<ChatRouterOptions<Context>["usageOf"]>;

  /**
   * @throws ChatError `SCHEMA_MISMATCH` when the Prisma schema lacks tables or columns, `CONFIGURATION` when an option
   * is invalid.
   */
  constructor(options: ChatRouterOptions<Context>) {
    const { prisma, llm, tableNames, models, limits, hub, background, onError, onEvent } = options;
    const emit = eventEmitter(onEvent);
    this.#emit = emit;
    checkOptions(options);
    this.limits = resolveLimits(limits);
    this.#metadata = new MetadataCheck(options.metadata, this.limits.maxMetadataChars);
    this.#db = Database.open(
      prisma,
      tableNames,
      recoveryListener(emit, (row) => this.#finisher.sweep([row])),
    );
    checkSchemaOf(this.#db, options);
    const shared = hub ?? createMemoryHub();
    this.#hub = shared.forDatabase?.(() => identifyDatabase(this.#db)) ?? shared;
    if (emit !== null) emitConnection(this.#hub, emit);
    this.#models = new CallerModels(
      typeof llm === "function" ? null : llm,
      models ?? agentModels(options.agent),
    );
    this.#access = new ChatAccess(this.#db, options.scope, onError);
    this.#files = new ChatFiles({
      db: this.#db,
      access: this.#access,
      storage: options.attachments,
      limits: this.limits,
      onError,
    });
    const isJson = options.schema !== undefined;
    const onRead = (rows: readonly MessageRow[]) => this.#finisher.sweep(rows);
    const fresh = new FreshMessages(this.#db, this.#hub, onRead, isJson);
    const texts = new ReadLimiter({
      name: "messageBytesPerMinute",
      bytesPerMinute: this.limits.messageBytesPerMinute,
      bytesPerRequest: maxRequestBytes,
      what: "Messages",
    });
    const reading = { db: this.#db, access: this.#access, files: this.#files, fresh, texts };
    this.#texts = texts;
    this.#reads = new ChatReads(reading);
    const answers = new LocalAnswers();
    this.#accountLimits = toAccountLimits(this.limits);
    this.#usageOf = options.usageOf ?? (() => "caller");
    const runner = new AnswerRunner({
      db: this.#db,
      hub: this.#hub,
      background,
      onError,
      emit,
      answers,
      titles: new ChatTitles({ ...options, db: this.#db, hub: this.#hub, limits: this.limits }),
    });
    this.#finisher = new AnswerFinisher({
      options,
      db: this.#db,
      metadata: this.#metadata,
      keepAlive: (work, message) => runner.keepAlive(work, message),
    });
    this.#turns = new TurnProcedures({
      ...reading,
      options,
      limits: this.limits,
      hub: this.#hub,
      metadata: this.#metadata,
      models: this.#models,
      runner,
      finisher: this.#finisher,
      answers,
      spending: new SpendingPlan(this.#accountLimits, options.budget),
    });
    const { maxSubscriptionAge: maxAgeMs } = options;
    const times = maxAgeMs === undefined ? {} : { maxAgeMs };
    const guard = new AccessGuard<Context>(this.#db, options.revalidate, times);
    this.#subscriptions = new Subscriptions(this.#db, this.#hub, guard, emit, isJson);
    this.#slots = new SubscriptionSlots(this.#db, this.#accountLimits);
    options.drain?.add({
      drain: (expired) =>
        answers.drain(expired).finally(async () => {
          await this.#subscriptions.close();
          await this.#slots.close();
        }),
    });
  }

  /** @throws ChatError `CONFIGURATION` when an extension of the Prisma client would make statements wrong. */
  ready(): Promise<void> {
    return readyDatabase(this.#db);
  }

  /**
   * Finds out who calls a procedure.
   *
   * @throws ChatError `CONFIGURATION` when the app's `scope` returns anything else than columns with values.
   */
  caller(ctx: Context, request?: ClientRequest): Caller<Context> {
    return this.#access.caller(ctx, request);
  }

  async create(
    { ctx, scope }: Caller<Context>,
    input: CreateChatInput,
  ): Promise<ChatSummary<Meta>> {
    const metadata = await this.#metadata.of(input.metadata);
    const models = await this.#models.of(ctx);
    const data = newChatColumns(this.#db, scope, models, { ...input, metadata });
    const chat = await createChatRow(this.#db, scope, data, this.#accountLimits);
    return typed(toChatSummary(chat, null));
  }

  async list(
    caller: Caller<Context>,
    input: ListChatsInput,
    call: CallInfo = {},
  ): Promise<Page<ChatSummary<Meta>>> {
    return typed(await this.#reads.list(caller, input, call));
  }

  async get(caller: Caller<Context>, chatId: string): Promise<ChatSummary<Meta>> {
    return typed(await this.#reads.chat(caller, chatId));
  }

  async update(caller: Caller<Context>, input: UpdateChatInput): Promise<ChatSummary<Meta>> {
    const { ctx, scope } = caller;
    const metadata = await this.#metadata.of(input.metadata);
    if (input.model !== undefined) (await this.#models.of(ctx)).check(input.model);
    const data = chatSettingColumns(this.#db, { ...input, metadata });
    const where = { id: input.chatId, ...scope };
    const change = async (): Promise<ChatRow> => {
      if (Object.keys(data).length > 0)
        await this.#db.write(() => this.#db.chat.updateMany({ where, data }));
      const chat = await readChat(this.#db, input.chatId, scope);
      this.#hub.notify(chat.id);
      return chat;
    };
    return typed(await this.#reads.changedChat(caller, change));
  }

  async delete(caller: Caller<Context>, chatId: string): Promise<{ deleted: true }> {
    const chat = await this.#access.chat(caller, chatId);
    const active = await this.#db.message.findFirst({ where: { turnLock: chat.id } });
    const deleteFiles = await this.#files.collect(chat.id);
    // Somebody else was faster, or has it now.
    if (!(await deleteChat(this.#db, chat.id, caller.scope))) throw noSuchChat();
    this.#hub.notify(chat.id);
    if (active !== null) await this.#hub.stop(active.id);
    await deleteFiles();
    return { deleted: true };
  }

  async messages(caller: Caller<Context>, input: ListMessagesInput): Promise<Page<Message>> {
    return typed(await this.#reads.messages(caller, input));
  }

  async send(
    caller: Caller<Context>,
    input: SentMessage,
  ): Promise<SendMessageOutput<Call, Data, Meta, Message>> {
    return typed(await this.#turns.send(caller, input));
  }

  async regenerate(
    caller: Caller<Context>,
    input: RegenerateInput,
  ): Promise<{ assistantMessage: Message }> {
    return typed(await this.#turns.regenerate(caller, input));
  }

  async respondToTool(
    caller: Caller<Context>,
    input: ToolResponseInput,
  ): Promise<{ assistantMessage: Message }> {
    return typed(await this.#turns.respondToTool(caller, input));
  }

  async selectBranch(caller: Caller<Context>, messageId: string): Promise<{ chatId: string }> {
    const { row, chat } = await this.#access.message(caller, messageId);
    if (await selectBranch(this.#db, chat, row.id)) this.#hub.notify(chat.id);
    return { chatId: chat.id };
  }

  async stop(caller: Caller<Context>, messageId: string): Promise<{ stopped: boolean }> {
    const { row } = await this.#access.message(caller, messageId);
    const onWaitingStopped = (ended: MessageRow): void => {
      this.#emit?.(waitingTurnStopped(ended));
      this.#finisher.sweep([ended], caller.ctx);
    };
    return { stopped: await stopAnswer(this.#db, this.#hub, row, onWaitingStopped) };
  }

  attachment(
    caller: Caller<Context>,
    { attachmentId }: AttachmentQuery,
  ): Promise<AttachmentContent> {
    return this.#files.read(caller, attachmentId);
  }

  async stats(caller: Caller<Context>, chatId: string): Promise<ChatStats> {
    const chat = await this.#access.chat(caller, chatId);
    return readStats(this.#db, chat.id);
  }

  async usage(caller: Caller<Context>, input: UsageInput): Promise<{ groups: UsageGroup[] }> {
    const { ctx, scope } = caller;
    const key = scopeKey(scope);
    const isEveryone = key === everyone || (await this.#usageOf({ ctx })) === "everyone";
    const query = isEveryone ? { scope: null, columns: {} } : { scope: key, columns: scope };
    return this.#texts.runUnmeasured(readBy(caller), usageBytes, async () => ({
      groups: await readUsage(this.#db, { ...input, ...query }),
    }));
  }

  async models({ ctx }: Caller<Context>): Promise<ChatModel[]> {
    return (await this.#models.of(ctx)).list();
  }

  stream(
    caller: Caller<Context>,
    input: StreamInput,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedEvent<Call, Data, Meta, Message>, void, undefined> {
    return typed(openLazily(() => this.#openStream(caller, input, signal)));
  }

  async #openStream(
    caller: Caller<Context>,
    input: StreamInput,
    signal: AbortSignal,
  ): Promise<AsyncIterator<TrackedEvent, void, undefined>> {
    const lastEventId = input.lastEventId ?? null;
    const scope = scopeKey(caller.scope);
    // A reader that resumes may have everything. If it does not, it is refused before it gets more.
    if (lastEventId === null) this.#texts.check(scope);
    const answer = await this.#hub.find(input.messageId);
    if (answer !== null) {
      await this.#access.check(caller, answer.chatId, messageNotFound);
      return this.#subscriptions.stream(await this.#reader(caller), answer, lastEventId, signal);
    }
    const { row } = await this.#access.message(caller, input.messageId);
    this.#finisher.sweep([row]);
    const ended = await this.#findEnded(row);
    if (ended === null) {
      // What is saved is read before anybody knows what this reader lacks.
      this.#texts.check(scope);
      return this.#subscriptions.streamRemote(await this.#reader(caller), row, lastEventId, signal);
    }
    return readEnded(await this.#reads.endedMessage(caller, ended));
  }

  /** The message if no process produces it; null when one does. */
  async #findEnded(row: MessageRow): Promise<MessageRow | null> {
    const ended = row.turnLock == null ? row : await recoverMessage(this.#db, row);
    if (ended !== null) return isBeingTold(ended) ? null : ended;
    // While an answer waits, nothing is produced: its stream ends.
    return isWaiting(row.status) ? row : null;
  }

  watch(
    caller: Caller<Context>,
    input: WatchInput,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedNotice, void, undefined> {
    return openLazily(async () => {
      const chat = await this.#access.chat(caller, input.chatId);
      const reader = await this.#reader(caller);
      return this.#subscriptions.watch(reader, chat.id, input.lastEventId ?? null, signal);
    });
  }

  /** @throws ChatError `TOO_MANY_REQUESTS` when the caller's scope has as many subscriptions open as it may have. */
  async #reader(caller: Caller<Context>): Promise<Reader<Context>> {
    const scope = scopeKey(caller.scope);
    const giveBack = await this.#slots.take(scope);
    const reads = this.#texts.openStream(scope);
    const onEnd = (): void => {
      reads.close();
      giveBack();
    };
    return { caller, reads, onEnd };
  }
}
