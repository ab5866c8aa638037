import type { Agent, AskOptions, ChatChunk, Message, ToolResolvable, Usage } from "@node-llm/core";
import type { ChatStats } from "../chat/chat-procedures.ts";
import type { AgentChat } from "./agent-chat.ts";
import type { Database } from "./database/database.ts";
import type { AgentSessionRow, MessageRecord } from "./database/rows.ts";

/** What an agent's instructions and tools may depend on. */
export type AgentInputs = Record<string, unknown>;

/** The options of a question to an agent. */
export type AgentAskOptions<Inputs> = AskOptions & {
  /** Added to the session's metadata for this question. */
  readonly inputs?: Partial<Inputs> | undefined;
};

/**
 * A conversation with an agent whose messages, tool calls and requests are rows of your database. Get one from
 * `createAgentSession` or `loadAgentSession`.
 *
 * Code wins over what is stored: the model, the instructions, the tools and the other settings are those of the agent's
 * class, whatever they were when the session was created. The database has the history, and the metadata, which the
 * agent gets as its inputs.
 */
export class AgentSession<
  Inputs extends AgentInputs = AgentInputs,
  Instance extends Agent<Inputs> = Agent<Inputs>,
> {
  /** The agent, whose chat is stored. */
  readonly instance: Instance;
  readonly #db: Database;
  readonly #chat: AgentChat;
  #record: AgentSessionRow<Inputs | null>;

  /** Not for direct use: call `createAgentSession` or `loadAgentSession`. */
  constructor(
    db: Database,
    record: AgentSessionRow<Inputs | null>,
    chat: AgentChat,
    instance: Instance,
  ) {
    this.#db = db;
    this.#record = record;
    this.#chat = chat;
    this.instance = instance;
  }

  /** The id of the session's row. */
  get id(): string {
    return this.#record.id;
  }

  /** The id of the chat's row. */
  get chatId(): string {
    return this.#record.chatId;
  }

  /** The name of the agent's class. */
  get agentClass(): string {
    return this.#record.agentClass;
  }

  /** What the agent gets as its inputs; null for none. */
  get metadata(): Inputs | null {
    return this.#record.metadata;
  }

  /** The model of the next question. */
  get modelId(): string {
    return this.#chat.modelId;
  }

  /** As `Chat.history`. */
  get history(): readonly Message[] {
    return this.#chat.history;
  }

  /** As `Chat.totalUsage`. */
  get totalUsage(): Usage {
    return this.#chat.totalUsage;
  }

  /**
   * Asks the agent and waits for the whole answer.
   *
   * @param options as for `Chat.ask`, and inputs for this question.
   * @returns the row of the finished assistant message.
   * @throws as `Chat.ask` does.
   */
  async ask(message: string, options: AgentAskOptions<Inputs> = {}): Promise<MessageRecord> {
    return rowOf(await this.instance.ask(message, this.#withInputs(options)));
  }

  /**
   * Asks the agent and yields the answer in chunks. The generator returns the row of the finished assistant message.
   *
   * @param options as for `Chat.askStream`, and inputs for this question.
   * @throws as `Chat.askStream` does.
   */
  async *askStream(
    message: string,
    options: AgentAskOptions<Inputs> = {},
  ): AsyncGenerator<ChatChunk, MessageRecord, undefined> {
    const stream = this.instance.stream(message, this.#withInputs(options));
    return rowOf(yield* { [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator]() });
  }

  /** As `Chat.messages`. */
  messages(): Promise<MessageRecord[]> {
    return this.#chat.messages();
  }

  /** As `Chat.stats`. */
  stats(): Promise<ChatStats> {
    return this.#chat.stats();
  }

  /** Adds a tool to those of the agent's class, for this object. */
  withTool(tool: ToolResolvable): this {
    this.#chat.keepTool(tool);
    return this;
  }

  /** Adds instructions to those of the agent's class, for this object. */
  withInstructions(instructions: string, options: { replace?: boolean } = {}): this {
    this.#chat.keepInstructions(instructions, options);
    return this;
  }

  /** Changes the metadata, which the agent gets with the next question. */
  async updateMetadata(metadata: Partial<Inputs>): Promise<void> {
    const changed = this.#inputsWith(metadata);
    const { id } = this.#record;
    await this.#db.write(() =>
      this.#db.agentSession.updateMany({ where: { id }, data: { metadata: changed } }),
    );
    this.#record = { ...this.#record, metadata: changed };
  }

  /** Deletes the session with its chat. */
  async delete(): Promise<void> {
    const { id, chatId } = this.#record;
    await this.#db.batch([
      this.#db.agentSession.deleteMany({ where: { id } }),
      this.#db.chat.deleteMany({ where: { id: chatId } }),
    ]);
  }

  #withInputs({ inputs, ...options }: AgentAskOptions<Inputs>): AskOptions & { inputs: Inputs } {
    return { ...options, inputs: this.#inputsWith(inputs) };
  }

  #inputsWith(changes: Partial<Inputs> | undefined): Inputs {
    // Together they are what the agent's class asks for.
    return { ...this.metadata, ...changes } as Inputs;
  }
}

/** The answer of an agent, whose chat is ours and returns rows. */
function rowOf(answer: unknown): MessageRecord {
  return answer as MessageRecord;
}
