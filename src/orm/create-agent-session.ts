import { randomUUID } from "node:crypto";
import type { Agent, AgentConfig, NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import type { AgentInputs } from "./agent-session.ts";
import { AgentSession } from "./agent-session.ts";
import { AgentChat } from "./agent-chat.ts";
import { withoutSettings } from "./agent-settings.ts";
import type { PersistenceOptions } from "./chat-settings.ts";
import { findUnknownKey } from "./provider/check-names.ts";
import { checkSettings } from "./provider/check-settings.ts";
import { checkKeys, persistenceKeys } from "./chat-settings.ts";
import { Database } from "./database/database.ts";
import { readyDatabase } from "./database/extensions/ready-database.ts";
import type { PrismaClientLike } from "./database/client/prisma-client-like.ts";
import type { AgentSessionRow, ChatRow } from "./database/rows.ts";
import type { TableNames } from "./database/client/table-names.ts";
import { readChat } from "./messages/read-chat.ts";
import { openAgent } from "./open-agent.ts";
import { readContext, replay } from "./provider/history.ts";

/** What takes the place of the settings of an agent's class. */
interface AgentOverrides {
  model?: string;
  provider?: string;
  instructions?: string;
  maxToolCalls?: number;
}

/** A class of NodeLLM's `Agent`, or what `defineAgent` returns. */
export type AgentClass<Inputs extends AgentInputs, Instance extends Agent<Inputs>> = (new (
  overrides?: AgentOverrides & Pick<AgentConfig<Inputs>, "inputs" | "llm">,
) => Instance) & {
  readonly name: string;
  readonly model?: string;
  readonly instructions?: unknown;
};

/** The options of `loadAgentSession`. */
export type LoadAgentSessionOptions = Omit<
  PersistenceOptions,
  "model" | "instructions" | "systemPrompt" | "provider" | "metadata"
>;

/** The options of `createAgentSession`. */
export type CreateAgentSessionOptions<Inputs extends AgentInputs = AgentInputs> =
  LoadAgentSessionOptions & {
    /** What the agent gets as its inputs, stored in the session's row. */
    readonly metadata?: Inputs | undefined;
    /** Takes the place of the class's model, for this object. */
    readonly model?: string | undefined;
    /** Takes the place of the class's provider, for this object. */
    readonly provider?: string | undefined;
    /** Takes the place of the class's instructions, for this object. */
    readonly instructions?: string | undefined;
    /** Takes the place of the class's limit, for this object. */
    readonly maxToolCalls?: number | undefined;
    /** Columns of the chat's model, such as `userId`. */
    readonly chat?: Readonly<Record<string, unknown>> | undefined;
  };

/** What only `createAgentSession` takes. */
const createKeys = [
  "metadata",
  "model",
  "provider",
  "instructions",
  "maxToolCalls",
  "chat",
] as const satisfies readonly (keyof CreateAgentSessionOptions)[];

/**
 * Creates a session of an agent: a chat, and a row that names the agent's class.
 *
 * @param prisma your generated Prisma client. Its schema needs the model `LlmAgentSession`.
 * @param llm the LLM to ask.
 * @param agentClass a class of NodeLLM's `Agent`.
 * @throws ChatError `CONFIGURATION` when the Prisma client lacks a model, and for an unknown option.
 *
 * @example
 * ```ts
 * class SupportAgent extends Agent {
 *   static model = "gpt-4o";
 *   static instructions = ({ name }) => `You help ${name}.`;
 *   static tools = [SearchOrders];
 * }
 * const session = await createAgentSession(prisma, llm, SupportAgent, { metadata: { name: "Ada" } });
 * const message = await session.ask("Where is my order?");
 * ```
 */
export async function createAgentSession<
  Inputs extends AgentInputs,
  Instance extends Agent<Inputs>,
>(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  agentClass: AgentClass<Inputs, Instance>,
  options: CreateAgentSessionOptions<NoInfer<Inputs>> = {},
): Promise<AgentSession<Inputs, Instance>> {
  checkSessionOptions(options, [...persistenceKeys, ...createKeys]);
  const db = await openSessions(prisma, options.tableNames);
  const { metadata, model, provider, instructions, maxToolCalls, chat = {} } = options;
  checkKeys(db, chat, db.columnNames("chat"));
  const own = instructions ?? agentClass.instructions;
  const chatId = chat["id"] ?? randomUUID();
  const now = new Date();
  const session = {
    id: randomUUID(),
    agentClass: agentClass.name,
    createdAt: now,
    updatedAt: now,
  };
  const stored = { ...session, chatId, ...(metadata == null ? {} : { metadata }) };
  const row = await db.createChat(
    db.pick("chat", {
      ...chat,
      id: chatId,
      model: model ?? agentClass.model,
      provider,
      instructions: typeof own === "string" ? own : undefined,
    }),
    [db.agentSession.createMany({ data: [stored] })],
  );
  const record = { ...session, chatId: row.id, metadata: metadata ?? null };
  const overrides = {
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(maxToolCalls === undefined ? {} : { maxToolCalls }),
  };
  return openSession({ db, llm, agentClass, record, row, options, overrides });
}

/**
 * Loads a session of an agent, with its history. Everything else comes from the agent's class.
 *
 * @param sessionId the id of the session's row.
 * @throws ChatError `NOT_FOUND` when there is no such session, `BAD_REQUEST` when it is one of another class,
 *   `CONFIGURATION` when the Prisma client lacks a model, and for an unknown option.
 */
export async function loadAgentSession<Inputs extends AgentInputs, Instance extends Agent<Inputs>>(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  agentClass: AgentClass<Inputs, Instance>,
  sessionId: string,
  options: LoadAgentSessionOptions = {},
): Promise<AgentSession<Inputs, Instance>> {
  checkSessionOptions(options, persistenceKeys);
  const db = await openSessions(prisma, options.tableNames);
  const record = await db.agentSession.findFirst({ where: { id: sessionId } });
  if (record === null) {
    throw new ChatError(
      "NOT_FOUND",
      "There is no such session of an agent. It may have been deleted.",
    );
  }
  if (record.agentClass !== agentClass.name) {
    throw new ChatError(
      "BAD_REQUEST",
      `The session belongs to the agent "${record.agentClass}", not to "${agentClass.name}". Load it with that class.`,
    );
  }
  const row = await readChat(db, record.chatId);
  // `createAgentSession` and `updateMetadata` have stored it.
  const metadata = record.metadata as Inputs | null;
  const session = { ...record, metadata };
  return openSession({ db, llm, agentClass, record: session, row, options, overrides: {} });
}

async function openSessions(prisma: PrismaClientLike, names?: TableNames): Promise<Database> {
  const db = Database.open(prisma, names);
  db.requireModel("toolCall");
  db.requireModel("request");
  if (!db.hasModel("agentSession")) {
    throw new ChatError(
      "CONFIGURATION",
      `The Prisma client has no model "${db.names.agentSession}" (tableNames.agentSession). Add it to your schema as docs/persistence.md shows, and run \`npx prisma generate\`.`,
    );
  }
  await readyDatabase(db);
  return db;
}

interface OpenedSession<Inputs extends AgentInputs, Instance extends Agent<Inputs>> {
  readonly db: Database;
  readonly llm: NodeLLMCore;
  readonly agentClass: AgentClass<Inputs, Instance>;
  readonly record: AgentSessionRow<Inputs | null>;
  readonly row: ChatRow;
  readonly options: LoadAgentSessionOptions;
  readonly overrides: AgentOverrides;
}

async function openSession<Inputs extends AgentInputs, Instance extends Agent<Inputs>>(
  opened: OpenedSession<Inputs, Instance>,
): Promise<AgentSession<Inputs, Instance>> {
  const { db, llm, agentClass, record, options, overrides } = opened;
  const { rows, toolCalls } = await readContext(db, opened.row, null, options.context ?? {});
  const history = replay(rows, toolCalls, llm.provider?.id ?? "");
  const row = withoutSettings(opened.row);
  const inputs = record.metadata === null ? {} : { inputs: record.metadata };
  const { instance, chat } = openAgent(
    agentClass,
    { ...overrides, ...inputs },
    (model, settings) => new AgentChat(db, llm, row, { ...options, ...settings, model }, history),
  );
  return new AgentSession(db, record, chat, instance);
}

/** @throws ChatError `CONFIGURATION` for an unknown option. */
function checkSessionOptions(options: LoadAgentSessionOptions, known: readonly string[]): void {
  checkSettings("The options of a session", options);
  const unknown = findUnknownKey(options, known);
  if (unknown === null) return;
  const advice =
    unknown.meant === undefined
      ? "Columns of the chat's model go into `chat` of createAgentSession."
      : `Did you mean "${unknown.meant}"?`;
  throw new ChatError(
    "CONFIGURATION",
    `A session of an agent has no option "${unknown.key}". ${advice}`,
  );
}
