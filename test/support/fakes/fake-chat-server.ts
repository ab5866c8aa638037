import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import type { ChatEvent } from "../../../src/chat/chat-event.ts";
import type { ChatMessage } from "../../../src/chat/chat-message.ts";
import { isWaiting } from "../../../src/chat/chat-message.ts";
import type { ChatToolCall } from "../../../src/chat/tool-call.ts";
import type {
  AttachmentContent,
  Page,
  SendMessageInput,
  StreamInput,
  UsageGroup,
} from "../../../src/chat/chat-procedures.ts";
import type { ChatSummary } from "../../../src/chat/chat-summary.ts";
import type { ChatNotice } from "../../../src/chat/chat-notice.ts";
import type { TrackedEvent, TrackedNotice, WatchInput } from "../../../src/chat/chat-procedures.ts";
import type {
  ChatClient,
  SubscriptionHandlers,
} from "../../../src/react/connection/chat-client.ts";
import type { Subscribe } from "../../../src/react/connection/subscription-source.ts";
import { fakeMessage } from "./fake-message.ts";

/** A refusal as tRPC's client delivers it. */
export class FakeServerError extends Error {
  readonly data: { readonly code: string; readonly httpStatus: number };

  constructor(code: TRPC_ERROR_CODE_KEY, message: string = code) {
    super(message);
    this.data = { code, httpStatus: getHTTPStatusCodeFromError(new TRPCError({ code })) };
  }
}

export function fakeChat(patch: Partial<ChatSummary> & { readonly id: string }): ChatSummary {
  return {
    title: `Title of ${patch.id}`,
    model: "model",
    provider: "provider",
    instructions: null,
    temperature: null,
    metadata: null,
    activeMessageId: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    ...patch,
  };
}

/** One subscription, driven by the test. */
class FakeSubscription<Input, Event> {
  readonly input: Input;
  readonly handlers: SubscriptionHandlers<Event>;
  isOpen = true;

  constructor(input: Input, handlers: SubscriptionHandlers<Event>) {
    this.input = input;
    this.handlers = handlers;
  }

  start(): void {
    this.handlers.onStarted();
  }

  /** Reports what tRPC reports when the connection breaks and it is about to reconnect. */
  drop(): void {
    this.handlers.onConnectionStateChange({ state: "connecting", error: new Error("dropped") });
  }

  fail(error: Error): void {
    this.handlers.onError(error);
  }

  complete(): void {
    this.handlers.onComplete();
  }

  unsubscribe(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    // tRPC completes a subscription that is unsubscribed.
    this.handlers.onComplete();
  }
}

/** An answer as one tab reads it. */
export class FakeStream extends FakeSubscription<StreamInput, TrackedEvent> {
  emit(id: string, data: ChatEvent): void {
    this.handlers.onData({ id, data });
  }

  text(at: number, text: string): void {
    this.emit(`${at + text.length}.0.0`, { type: "text", at, text });
  }

  done(message: ChatMessage): void {
    this.emit("done", { type: "done", message });
    this.complete();
  }
}

/** The notices that one tab gets. Their ids are numbers. */
export class FakeWatch extends FakeSubscription<WatchInput, TrackedNotice> {
  #count = 0;

  notice(data: ChatNotice): void {
    this.handlers.onData({ id: String(++this.#count), data });
  }
}

/** A chat server in memory, which answers when and how the test tells it to. */
export class FakeChatServer {
  messages: readonly ChatMessage[];
  chats: readonly ChatSummary[] = [];
  /** The messages after `selectBranch`, by the id that it gets. */
  readonly branches = new Map<string, readonly ChatMessage[]>();
  usage: readonly UsageGroup[] = [];
  /** The files by the ids of their attachments. */
  readonly files = new Map<string, AttachmentContent>();
  pageSize = 50;
  readonly streams: FakeStream[] = [];
  readonly watches: FakeWatch[] = [];
  readonly calls: { readonly name: string; readonly input: unknown }[] = [];
  /** Awaited before a call of that name is answered. */
  readonly gates = new Map<string, () => Promise<void>>();

  constructor(messages: readonly ChatMessage[] = []) {
    this.messages = messages;
  }

  get stream(): FakeStream {
    const last = this.streams.at(-1);
    if (last === undefined) throw new Error("No stream was opened.");
    return last;
  }

  get watch(): FakeWatch {
    const last = this.watches.at(-1);
    if (last === undefined) throw new Error("Nobody watches.");
    return last;
  }

  /** Subscribes to one answer. */
  subscribe(messageId: string): Subscribe<TrackedEvent> {
    return (lastEventId, handlers) =>
      this.client.stream.subscribe({ messageId, lastEventId }, handlers);
  }

  get openStreams(): number {
    return this.streams.filter((stream) => stream.isOpen).length;
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  inputs(name: string): readonly unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input);
  }

  /** Holds the next calls of that name until the returned function is called. Called with an error, it fails them. */
  hold(name: string): (error?: Error) => void {
    let settle: (error?: Error) => void = () => {};
    const held = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.gates.set(name, async () => await held);
    return (error) => {
      this.gates.delete(name);
      settle(error);
    };
  }

  failNext(name: string, error: Error): void {
    this.gates.set(name, async () => {
      this.gates.delete(name);
      throw error;
    });
  }

  readonly client: ChatClient = {
    create: {
      mutate: async (input) => {
        await this.#called("create", input);
        const chat = fakeChat({ id: `chat-${this.count("create")}`, title: input.title ?? null });
        this.chats = [chat, ...this.chats];
        return chat;
      },
    },
    list: {
      query: async (input) => {
        const found = this.chats.filter((chat) => (chat.title ?? "").includes(input.search ?? ""));
        await this.#called("list", input);
        const start = Number(input.cursor ?? 0);
        const end = start + (input.limit ?? 30);
        return {
          items: found.slice(start, end),
          nextCursor: end < found.length ? String(end) : null,
        };
      },
    },
    update: {
      mutate: async (input) => {
        await this.#called("update", input);
        const chat = this.chats.find((one) => one.id === input.chatId);
        if (chat === undefined) throw new FakeServerError("NOT_FOUND");
        const next = { ...chat, title: input.title ?? null };
        this.chats = this.chats.map((one) => (one === chat ? next : one));
        return next;
      },
    },
    delete: {
      mutate: async (input) => {
        await this.#called("delete", input);
        this.chats = this.chats.filter((one) => one.id !== input.chatId);
        return { deleted: true };
      },
    },
    messages: {
      query: async (input): Promise<Page<ChatMessage>> => {
        // The server reads when the request arrives, however late it answers.
        const all = this.messages;
        await this.#called("messages", input);
        const end = input.cursor == null ? all.length : Number(input.cursor);
        const start = Math.max(0, end - (input.limit ?? this.pageSize));
        return { items: all.slice(start, end), nextCursor: start > 0 ? String(start) : null };
      },
    },
    send: {
      mutate: async (input) => {
        await this.#called("send", input);
        const made =
          input.newChat && fakeChat({ id: "chat-1", title: input.newChat.title ?? null });
        const chatId = input.chatId ?? made?.id ?? "";
        const userMessage = this.#userMessage({ ...input, chatId });
        const assistantMessage = fakeMessage({
          id: `answer-${this.count("send")}`,
          chatId,
          parentId: userMessage.id,
          status: "pending",
        });
        this.messages = [...this.messages, userMessage, assistantMessage];
        if (made) this.chats = [made, ...this.chats];
        return { userMessage, assistantMessage, ...(made && { chat: made }) };
      },
    },
    regenerate: {
      mutate: async (input) => {
        await this.#called("regenerate", input);
        const index = this.messages.findIndex((one) => one.id === input.messageId);
        const isQuestion = this.messages[index]?.role === "user";
        const kept = isQuestion ? index + 1 : index;
        const id = `again-${this.count("regenerate")}`;
        const siblingIds = isQuestion ? [id] : [input.messageId, id];
        const siblings = { index: siblingIds.length - 1, count: siblingIds.length };
        const assistantMessage = fakeMessage({ id, status: "pending", siblings, siblingIds });
        this.messages = [...this.messages.slice(0, kept), assistantMessage];
        return { assistantMessage };
      },
    },
    selectBranch: {
      mutate: async (input) => {
        await this.#called("selectBranch", input);
        this.messages = this.branches.get(input.messageId) ?? this.messages;
        return { chatId: "chat" };
      },
    },
    usage: {
      query: async (input) => {
        await this.#called("usage", input);
        return { groups: this.usage };
      },
    },
    attachment: {
      query: async (input) => {
        await this.#called("attachment", input);
        const file = this.files.get(input.attachmentId);
        if (file === undefined) throw new FakeServerError("NOT_FOUND");
        return file;
      },
    },
    stop: {
      mutate: async (input) => {
        await this.#called("stop", input);
        return { stopped: true };
      },
    },
    respondToTool: {
      mutate: async (input) => {
        await this.#called("respondToTool", input);
        const waiting = this.messages.find((one) => one.id === input.messageId);
        if (waiting === undefined) throw new FakeServerError("NOT_FOUND");
        const toolCalls = waiting.toolCalls.map((call): ChatToolCall => {
          if (call.toolCallId !== input.toolCallId) return call;
          if (input.output !== undefined) {
            const { output } = input;
            return { ...call, status: "complete", output, result: JSON.stringify(output) };
          }
          return input.approved
            ? { ...call, status: "running" }
            : { ...call, status: "denied", result: "Denied." };
        });
        const waits = toolCalls.some((call) => isWaiting(call.status));
        const status = waits ? waiting.status : "streaming";
        const assistantMessage: ChatMessage = { ...waiting, toolCalls, status };
        this.messages = this.messages.map((one) => (one === waiting ? assistantMessage : one));
        return { assistantMessage };
      },
    },
    stream: {
      subscribe: (input, handlers) => {
        const stream = new FakeStream(input, handlers);
        this.streams.push(stream);
        return stream;
      },
    },
    watch: {
      subscribe: (input, handlers) => {
        const watch = new FakeWatch(input, handlers);
        this.watches.push(watch);
        watch.start();
        return watch;
      },
    },
  };

  async #called(name: string, input: unknown): Promise<void> {
    this.calls.push({ name, input });
    await this.gates.get(name)?.();
  }

  #userMessage(input: SendMessageInput & { readonly chatId: string }): ChatMessage {
    return fakeMessage({
      id: input.id ?? `user-${this.count("send")}`,
      chatId: input.chatId,
      parentId: input.parentId ?? this.messages.at(-1)?.id ?? null,
      role: "user",
      content: input.content,
    });
  }
}
