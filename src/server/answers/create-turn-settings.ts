import type { ReadonlyLazyMap } from "../../shared/collections/lazy-map.ts";
import { agentSettings, joinOptions } from "../../orm/agent-settings.ts";
import { checkContextLimits } from "../../orm/provider/check-settings.ts";
import { checkTitles } from "./check-options.ts";
import { chatTemperature, coreOptions } from "../../orm/chat-settings.ts";
import { llmAtProvider, resolveFallback, resolveLLM } from "../../orm/provider/resolve-llm.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { toCoreSchema } from "../../orm/tools/to-core-schema.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import type { ChatConfiguration } from "../../orm/fluent-chat.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import type { AnswerOf } from "../answer-of.ts";
import { askFor } from "../answer-of.ts";
import type { CleanUps } from "./clean-ups.ts";
import type { BoundTool } from "../tools/bind-tool.ts";
import type { TitleSettings } from "../titles/chat-titles.ts";
import { createDataWriter } from "../tools/data-writer.ts";
import { resolveAnswerTools } from "./answer-tools.ts";
import { contextWithinWindow } from "../limits/context-window.ts";
import { maxOutputOf } from "../limits/spending-plan.ts";
import { reportFailure } from "../report-failure.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";

/** What was asked of the app for an answer. */
export interface AnswerSettings extends TurnSettings {
  /** How the chat gets its name; null when the model does not name it. */
  readonly title: TitleSettings | null;
  /** The tools of `defineTool`, by their names. */
  readonly bound: ReadonlyLazyMap<string, BoundTool>;
  /** What to close when the answer ends. */
  readonly cleanUps: CleanUps;
}

/**
 * The settings of a turn, from the options of the router and the chat's own.
 *
 * @throws ChatError `CONFIGURATION` when a tool cannot be described to a model.
 * @throws whatever an option that is a function throws.
 */
export async function createTurnSettings<Context>(
  options: ChatRouterOptions<Context>,
  { ctx, chat, model }: { ctx: Context; chat: ChatRow; model: string },
  cleanUps: CleanUps,
): Promise<AnswerSettings> {
  const { idleTimeout, toolTimeout, maxToolResultChars, schema, promptCaching, approvalTimeout } =
    options;
  const answer: AnswerOf<Context> = {
    ctx,
    chat: toChatSummary(chat, null),
    defer: (cleanUp) =>
      cleanUps.add(async () => {
        try {
          await cleanUp();
        } catch (error) {
          const failure = { task: "cleanUp", error, chatId: chat.id, messageId: null } as const;
          reportFailure(options.onError, failure);
        }
      }),
  };
  const llm = await askFor(options.llm, answer);
  const fallback = await askFor(options.fallback, answer);
  const context = await askFor(options.context, answer);
  if (context != null) checkContextLimits("createChatRouter", context);
  const titles = (await askFor(options.titles, answer)) ?? false;
  if (typeof titles === "object") checkTitles(titles);
  const agent = readAgent(options, ctx, chat);
  // The tools are asked for below.
  const stored = { ...coreOptions(options), tools: [], ...chatTemperature(chat) };
  const router = schema === undefined ? stored : { ...stored, schema: toCoreSchema(schema) };
  const core = agent === null ? router : joinOptions(router, agent.core);
  // What a chat's row has comes from the app, or from a client that it allows to append.
  const own = [await askFor(options.instructions, answer), chat.instructions].filter(
    (text) => text != null,
  );
  const base = agent?.provider == null ? llm : llmAtProvider(llm, agent.provider);
  const asked = { llm: resolveLLM(base, model, fallback), model };
  const prompt = agent?.instructions[0] === undefined ? own : agent.instructions;
  return {
    ...asked,
    title:
      titles === false ? null : { llm: base, fallback, options: titles === true ? {} : titles },
    fallback: resolveFallback(base, asked, fallback),
    instructions: prompt,
    options: core,
    context: contextWithinWindow(context, {
      model,
      provider: asked.llm.provider?.id ?? "",
      maxOutputTokens: maxOutputOf(core),
      instructions: prompt,
    }),
    attachments: options.attachments,
    idleTimeout,
    toolTimeout,
    maxToolResultChars,
    promptCaching,
    approvalTimeout,
    requiresObject: schema !== undefined,
    onToolError: ({ toolCallId, name: toolName, error }, messageId) =>
      reportFailure(options.onError, {
        task: "tool",
        error,
        chatId: chat.id,
        messageId,
        toolCallId,
        toolName,
      }),
    onStart: bindStart(options, answer),
    ...(await resolveAnswerTools(options, answer)),
    cleanUps,
    onFailure: "keep",
  };
}

/** The router's `onStart` for an answer, with data that is checked. */
function bindStart<Context>(
  { onStart, data }: ChatRouterOptions<Context>,
  answer: AnswerOf<Context>,
): TurnSettings["onStart"] {
  if (onStart === undefined) return undefined;
  return async ({ messageId, signal, writeData }) => {
    const writer = createDataWriter(data, writeData);
    await onStart({ ...answer, messageId, signal, writeData: (written) => writer.write(written) });
    await writer.settled();
  };
}

/** How the router's agent asks; null when there is none. */
function readAgent<Context>(
  { agent, agentInputs }: ChatRouterOptions<Context>,
  ctx: Context,
  chat: ChatRow,
): ChatConfiguration | null {
  if (agent === undefined) return null;
  const inputs = agentInputs?.({ ctx, chat: toChatSummary(chat, null) }) ?? {};
  return agentSettings(agent, inputs, chat);
}
