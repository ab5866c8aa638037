import type { ChatOptions } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { checkSettings } from "./provider/check-settings.ts";

/** A class of NodeLLM's `Agent`, whatever its inputs are. */
export interface AnyAgentClass<Instance extends object = object> {
  new (...options: never[]): Instance;
  readonly name: string;
  readonly model?: string;
}

/**
 * Makes an agent that configures a chat of ours.
 *
 * @param overrides what takes the place of the class's settings, and the inputs.
 * @param openChat makes the chat from the settings of the class.
 * @throws ChatError `CONFIGURATION` when the class is none of an agent, and for a setting that should be a number.
 */
export function openAgent<Instance extends object, OurChat extends object>(
  agentClass: AnyAgentClass<Instance>,
  overrides: object,
  openChat: (model: string, settings: Omit<ChatOptions, "messages">) => OurChat,
): { readonly instance: Instance; readonly chat: OurChat } {
  const opened: OurChat[] = [];
  // The agent configures the chat that its LLM gives it, and uses nothing else of the LLM. The database has the history.
  const llm = {
    chat: (model: string, { messages: _messages, ...settings }: ChatOptions): OurChat => {
      checkSettings(`The agent ${agentClass.name}`, settings);
      const chat = openChat(model, settings);
      opened.push(chat);
      return chat;
    },
  };
  const instance: Instance = Reflect.construct(agentClass, [{ ...overrides, llm }]);
  const [chat] = opened;
  if (chat !== undefined) return { instance, chat };
  throw new ChatError(
    "CONFIGURATION",
    `${agentClass.name} is not a class of NodeLLM's Agent: it has not opened a chat. Extend Agent, or call defineAgent.`,
  );
}
