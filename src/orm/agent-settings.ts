import type { ChatOptions } from "@node-llm/core";
import type { AgentInputs } from "./agent-session.ts";
import type { ChatRow } from "./database/rows.ts";
import type { ChatConfiguration } from "./fluent-chat.ts";
import { FluentChat } from "./fluent-chat.ts";
import type { AnyAgentClass } from "./open-agent.ts";
import { openAgent } from "./open-agent.ts";

/** Takes down how an agent configures its chat. */
class AgentSettings extends FluentChat {
  get all(): ChatConfiguration {
    return this.configuration;
  }
}

/**
 * How an agent asks, with its inputs.
 *
 * @throws whatever the agent's class throws.
 */
export function agentSettings(
  agentClass: AnyAgentClass,
  inputs: AgentInputs,
  row: ChatRow,
): ChatConfiguration {
  const { chat } = openAgent(
    agentClass,
    { inputs },
    (model, settings) => new AgentSettings(withoutSettings(row), { ...settings, model }),
  );
  return chat.all;
}

/** A chat's row without what it says about settings: the code of an agent wins. */
export function withoutSettings(row: ChatRow): ChatRow {
  return { ...row, model: null, provider: null, instructions: null, temperature: null };
}

/** The options of core's chat with those of an agent, which win. Lists and records of both are joined. */
export function joinOptions(options: ChatOptions, agent: ChatOptions): ChatOptions {
  const joined: ChatOptions = { ...options, ...agent };
  const { tools, middlewares, params, headers } = options;
  if (tools !== undefined) joined.tools = [...tools, ...(agent.tools ?? [])];
  if (middlewares !== undefined)
    joined.middlewares = [...middlewares, ...(agent.middlewares ?? [])];
  if (params !== undefined) joined.params = { ...params, ...agent.params };
  if (headers !== undefined) joined.headers = { ...headers, ...agent.headers };
  for (const key of handlerKeys) joinHandlers(joined, key, options, agent);
  return joined;
}

const handlerKeys = [
  "onNewMessageHandlers",
  "onEndMessageHandlers",
  "onToolCallStartHandlers",
  "onToolCallEndHandlers",
  "onToolCallErrorHandlers",
  "onConfirmToolCallHandlers",
  "onBeforeRequestHandlers",
  "onAfterResponseHandlers",
] as const satisfies readonly (keyof ChatOptions)[];

function joinHandlers<Key extends (typeof handlerKeys)[number]>(
  joined: { [Name in Key]?: readonly unknown[] },
  key: Key,
  options: { readonly [Name in Key]?: readonly unknown[] },
  agent: { readonly [Name in Key]?: readonly unknown[] },
): void {
  const [first, second] = [options[key], agent[key]];
  if (first !== undefined && second !== undefined) joined[key] = [...first, ...second];
}
