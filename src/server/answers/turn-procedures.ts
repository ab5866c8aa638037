import { randomUUID } from "node:crypto";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress, isWaiting } from "../../chat/chat-message.ts";
import type { RegenerateInput, SendMessageOutput } from "../../chat/chat-procedures.ts";
import type { BegunTurn } from "../../orm/turn/begun-turn.ts";
import type { NewUserMessage, TurnRequest } from "../../orm/turn/begin/turn-request.ts";
import { beginTurn, checkTurn } from "../../orm/turn/begin/begin-turn.ts";
import type { Database } from "../../orm/database/database.ts";
import { decideToolCall } from "../../orm/turn/decide-tool-call.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage, toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import { questionTokens } from "../../orm/usage/estimate-tokens.ts";
import { textTokens } from "../../orm/usage/text-tokens.ts";
import { jsonBytes, textLength } from "../limits/json-bytes.ts";
import type { ReadLimiter } from "../limits/read-limiter.ts";
import type { SpendingPlan } from "../limits/spending-plan.ts";
import { encodeUserParts, toChatAttachment } from "../../orm/attachments/user-content.ts";
import type { MetadataCheck } from "../inputs/check-metadata.ts";
import { storedMetadata } from "../inputs/check-metadata.ts";
import type { ChatFiles } from "../attachments/chat-files.ts";
import type { SentMessage } from "../attachments/message-files.ts";
import { checkReadable } from "../attachments/check-readable.ts";
import { CleanUps } from "./clean-ups.ts";
import type { AnswerRunner } from "./answer-runner.ts";
import type { Caller, ChatAccess } from "../chat-access.ts";
import { readBy } from "../chat-access.ts";
import { messageNotFound } from "../errors.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { CallerModels } from "../chats/caller-models.ts";
import type { FreshMessages } from "../streams/fresh-messages.ts";
import { prepareChat } from "../chats/create-chat-row.ts";
import { readChatMessages } from "../chats/read-chat-messages.ts";
import { provisionalTitle } from "../../orm/messages/provisional-title.ts";
import type { ToolResponseInput } from "./decision-of.ts";
import { decisionOf } from "./decision-of.ts";
import { findQuestion } from "./find-question.ts";
import type { BeforeSend, ChatLimits, ChatRouterOptions } from "../chat-router-options.ts";
import type { LocalAnswers } from "./local-answers.ts";
import { SentMessages } from "./sent-messages.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import type { AnswerFinisher } from "./answer-finisher.ts";
import type { AnswerSettings } from "./create-turn-settings.ts";
import { checkVersions } from "../limits/check-versions.ts";
import { createTurnSettings } from "./create-turn-settings.ts";

interface TurnProcedureDependencies<Context> {
  readonly options: ChatRouterOptions<Context>;
  readonly limits: ChatLimits;
  readonly db: Database;
  readonly hub: ChatHub;
  readonly access: ChatAccess<Context>;
  readonly files: ChatFiles<Context>;
  readonly metadata: MetadataCheck;
  readonly fresh: FreshMessages;
  /** Counts the texts that callers read. */
  readonly texts: ReadLimiter;
  readonly models: CallerModels<Context>;
  readonly runner: AnswerRunner;
  readonly finisher: AnswerFinisher<Context>;
  readonly answers: LocalAnswers;
  readonly spending: SpendingPlan<Context>;
}

/** About how many bytes a stored message may have that is read for a call. */
const maxReadBytes = 2_000_000;

/** The procedures that begin a turn or continue one: `send`, `regenerate` and `respondToTool`. */
export class TurnProcedures<Context> {
  readonly #options: ChatRouterOptions<Context>;
  readonly #limits: ChatLimits;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #access: ChatAccess<Context>;
  readonly #files: ChatFiles<Context>;
  readonly #metadata: MetadataCheck;
  readonly #fresh: FreshMessages;
  readonly #texts: ReadLimiter;
  readonly #models: CallerModels<Context>;
  readonly #runner: AnswerRunner;
  readonly #finisher: AnswerFinisher<Context>;
  readonly #answers: LocalAnswers;
  readonly #spending: SpendingPlan<Context>;
  readonly #sent: SentMessages<Context>;

  constructor(dependencies: TurnProcedureDependencies<Context>) {
    this.#options = dependencies.options;
    this.#limits = dependencies.limits;
    this.#db = dependencies.db;
    this.#hub = dependencies.hub;
    this.#access = dependencies.access;
    this.#files = dependencies.files;
    this.#metadata = dependencies.metadata;
    this.#fresh = dependencies.fresh;
    this.#texts = dependencies.texts;
    this.#models = dependencies.models;
    this.#runner = dependencies.runner;
    this.#finisher = dependencies.finisher;
    this.#answers = dependencies.answers;
    this.#spending = dependencies.spending;
    this.#sent = new SentMessages(dependencies);
  }

  send(caller: Caller<Context>, input: SentMessage): Promise<SendMessageOutput> {
    return CleanUps.around((cleanUps) => this.#send(caller, input, cleanUps));
  }

  async #send(
    caller: Caller<Context>,
    input: SentMessage,
    cleanUps: CleanUps,
  ): Promise<SendMessageOutput> {
    const { ctx } = caller;
    const attachments = input.attachments ?? [];
    const known =
      input.chatId === undefined
        ? null
        : { ...(await this.#access.open(caller, input.chatId)), columns: undefined };
    const findSent = (id: string) =>
      this.#texts.runUnmeasured(readBy(caller), maxReadBytes, () =>
        this.#sent.find(caller, known?.chat.id ?? null, id),
      );
    // The database refuses a repetition anyway. It is looked up first only when the drain or a function of the app might
    // refuse it, or when its files would be stored again.
    const mayBeRefused = !this.#answers.isAccepting || asksApp(this.#options);
    const stores = this.#files.areStored && attachments.length > 0;
    if (input.id !== undefined && (mayBeRefused || stores)) {
      const repeated = await findSent(input.id);
      if (repeated !== null) return repeated;
    }
    if (input.content.trim() === "" && attachments.length === 0) {
      throw new ChatError("BAD_REQUEST", "The message is empty. Write something and send again.");
    }
    const metadata = storedMetadata(this.#db, await this.#metadata.of(input.metadata));
    const newMetadata = await this.#metadata.of(input.newChat?.metadata);
    const models = await this.#models.of(ctx);
    const {
      chat,
      head,
      columns: newChat,
    } = known ??
    prepareChat(this.#db, caller.scope, models, { ...input.newChat, metadata: newMetadata });
    const model = models.choose(input.model, chat.model);
    const settings = await createTurnSettings(this.#options, { ctx, chat, model }, cleanUps);
    const { files, added } = await this.#files.check(chat.id, attachments);
    checkReadable(settings, files);
    const spending = await this.#spending.of(
      caller,
      settings,
      questionTokens(input.content, files),
    );
    const user: NewUserMessage = {
      id: input.id ?? randomUUID(),
      content: input.content,
      contentRaw: encodeUserParts(input.content, files),
      metadata,
      files: { added, maxChatBytes: this.#limits.maxChatAttachmentBytes },
    };
    const sent = { content: user.content, attachments: files.map(toChatAttachment) };
    const title = provisionalTitle(input.content);
    await this.#admit({ procedure: "send", ctx, chat, ...sent, model });
    try {
      if (input.parentId !== undefined) await this.#checkVersions(chat, input.parentId, "user");
      const begun = await this.#begin({
        chat,
        head,
        newChat,
        user,
        parentId: input.parentId,
        model,
        provider: settings.llm.provider?.id ?? null,
        title: title ?? undefined,
        spending,
      });
      const started = this.#start(ctx, begun, settings);
      if (begun.user === null) return started;
      const named = { ...chat, title: chat.title ?? title, updatedAt: begun.assistant.createdAt };
      const opened =
        newChat === undefined ? {} : { chat: toChatSummary(named, begun.assistant.id) };
      const [userMessage = started.userMessage] =
        input.parentId === undefined
          ? [started.userMessage]
          : await readChatMessages(this.#db, chat.id, [begun.user]);
      return {
        ...started,
        ...opened,
        userMessage: await this.#files.withUrls(begun.user, userMessage),
      };
    } catch (error) {
      // Another request with the same id may have been faster, and this one repeats it.
      if (!(error instanceof ChatError) || input.id === undefined) throw error;
      const repeated = await findSent(input.id).catch((refusal: unknown) => {
        throw error.code === "CONFLICT" ? refusal : error;
      });
      if (repeated === null) throw error;
      return repeated;
    }
  }

  regenerate(
    caller: Caller<Context>,
    input: RegenerateInput,
  ): Promise<{ assistantMessage: ChatMessage }> {
    return CleanUps.around((cleanUps) => this.#regenerate(caller, input, cleanUps));
  }

  async #regenerate(
    caller: Caller<Context>,
    input: RegenerateInput,
    cleanUps: CleanUps,
  ): Promise<{ assistantMessage: ChatMessage }> {
    const { ctx } = caller;
    const { row, chat } = await this.#access.message(caller, input.messageId);
    if (
      isInProgress(row.status ?? "complete") &&
      (row.turnLock == null || (await recoverMessage(this.#db, row)) === null)
    ) {
      throw new ChatError(
        "CONFLICT",
        "The answer is still in progress. Stop it, or wait until it ends, and try again.",
      );
    }
    const model = (await this.#models.of(ctx)).choose(input.model, chat.model);
    const settings = await createTurnSettings(this.#options, { ctx, chat, model }, cleanUps);
    const question = await findQuestion(this.#db, row);
    await this.#checkVersions(chat, question.id, "assistant");
    const { content, attachments } = toChatMessage(question);
    checkReadable(settings, attachments);
    const spending = await this.#spending.of(
      caller,
      settings,
      questionTokens(content, attachments),
    );
    await this.#admit({ procedure: "regenerate", ctx, chat, content, attachments, model });
    const begun = await this.#begin({
      chat,
      user: null,
      parentId: question.id,
      model,
      provider: settings.llm.provider?.id ?? null,
      spending,
    });
    const { assistantMessage } = this.#start(ctx, begun, settings);
    const [withSiblings = assistantMessage] = await readChatMessages(this.#db, chat.id, [
      begun.assistant,
    ]);
    return { assistantMessage: withSiblings };
  }

  respondToTool(
    caller: Caller<Context>,
    input: ToolResponseInput,
  ): Promise<{ assistantMessage: ChatMessage }> {
    return CleanUps.around((cleanUps) => this.#respondToTool(caller, input, cleanUps));
  }

  async #respondToTool(
    caller: Caller<Context>,
    input: ToolResponseInput,
    cleanUps: CleanUps,
  ): Promise<{ assistantMessage: ChatMessage }> {
    const { ctx } = caller;
    const by = readBy(caller);
    const { beforeSend, budget } = this.#options;
    const needsCalls =
      input.output !== undefined || beforeSend !== undefined || budget !== undefined;
    const { row, chat, calls } = await this.#texts.query(by, maxReadBytes, async () => {
      const found = await this.#access.message(caller, input.messageId);
      return { ...found, calls: needsCalls ? await readToolCalls(this.#db, [found.row]) : [] };
    });
    const settle = this.#texts.reserve(by, textLength([row, ...calls]));
    // These throw before the decision is recorded, because a process that cannot continue the answer must not claim it.
    const model = row.modelId ?? (await this.#models.of(ctx)).choose(undefined, chat.model);
    const settings = await createTurnSettings(this.#options, { ctx, chat, model }, cleanUps);
    const call = calls.find(({ toolCallId }) => toolCallId === input.toolCallId);
    const decision = await decisionOf(call, input, settings, this.#limits);
    // A budget counts the results that the model gets with its next call.
    const results = calls.map(({ result }) => result ?? "");
    if ("result" in decision && call?.result == null) results.push(decision.result);
    const tokens = results.reduce((sum, result) => sum + textTokens(result), 0);
    const spending = await this.#spending.of(caller, settings, tokens);
    // The app is not asked for a repeated decision, which makes no model go on.
    if (beforeSend !== undefined && isWaiting(call?.status)) {
      const { content, attachments } = toChatMessage(await findQuestion(this.#db, row));
      await this.#admit({ procedure: "respondToTool", ctx, chat, content, attachments, model });
    }
    const decided = await this.#answers.begin(() =>
      decideToolCall(this.#db, row, decision, spending),
    );
    if (decided !== null) {
      const { assistant, toolCalls, seq } = decided;
      const begun = { chat, user: null, assistant, continued: { toolCalls, seq }, spending };
      this.#run(ctx, begun, settings);
    }
    this.#hub.notify(chat.id);
    // The decision stands, so its answer is counted and never refused.
    return this.#texts.inTurn(by.scope, maxReadBytes, async () => {
      const latest = await this.#db.message.findFirst({ where: { id: row.id } });
      if (latest === null) throw messageNotFound();
      if (decided === null) await this.#showDecisions(latest);
      const [assistantMessage = toChatMessage(latest)] = await this.#fresh.read(chat.id, [latest]);
      settle(jsonBytes(assistantMessage));
      return { assistantMessage };
    });
  }

  #checkVersions({ id }: ChatRow, parentId: string | null, role: string): Promise<void> {
    return checkVersions(this.#db, { chatId: id, parentId, role }, this.#limits.maxVersions);
  }

  /** @throws whatever `beforeSend` throws, and ChatError `SERVICE_UNAVAILABLE` once a drain has started. */
  async #admit(
    sent: Omit<BeforeSend<Context>, "chat"> & { readonly chat: ChatRow },
  ): Promise<void> {
    this.#answers.checkAccepting();
    await this.#options.beforeSend?.({ ...sent, chat: toChatSummary(sent.chat, null) });
  }

  /** Shows a decision to the answer's readers at once, while other tool calls of the step are still running here. */
  async #showDecisions(row: MessageRow): Promise<void> {
    const answer = await this.#hub.find(row.id);
    if (answer === null || answer.final !== null) return;
    for (const call of await readToolCalls(this.#db, [row]))
      answer.setToolCall(toChatToolCall(call));
  }

  #begin(request: TurnRequest): Promise<BegunTurn> {
    const added = request.user?.files?.added ?? [];
    return this.#answers.begin(() =>
      this.#files.keep(request.chat.id, added, {
        check: () => checkTurn(this.#db, request),
        write: () => beginTurn(this.#db, { ...request, isFinishDue: this.#finisher.isUsed }),
      }),
    );
  }

  #run(ctx: Context, begun: BegunTurn, settings: AnswerSettings): void {
    const finisher = this.#finisher;
    this.#runner.start(begun, {
      ...settings,
      onEnd: (message, isKept) => finisher.end(ctx, message, isKept),
    });
  }

  #start(ctx: Context, begun: BegunTurn, settings: AnswerSettings): SendMessageOutput {
    this.#run(ctx, begun, settings);
    const assistantMessage = toChatMessage(begun.assistant);
    return {
      userMessage: begun.user === null ? assistantMessage : toChatMessage(begun.user),
      assistantMessage,
    };
  }
}

/** True when a function of the app is asked for each answer, and may throw. */
function asksApp<Context>(options: ChatRouterOptions<Context>): boolean {
  const { beforeSend, llm, models, tools, instructions, fallback, context, titles } = options;
  return [beforeSend, llm, models, tools, instructions, fallback, context, titles].some(
    (option) => typeof option === "function",
  );
}
