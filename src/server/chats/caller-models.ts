import type { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { AnyAgentClass } from "../../orm/open-agent.ts";
import { ChatModelList } from "./chat-model-list.ts";

type Names = readonly string[];

/** The models that each caller may choose. */
export class CallerModels<Context> {
  readonly #llm: NodeLLMCore | null;
  readonly #names: (options: { ctx: Context }) => Names | Promise<Names>;
  readonly #list: ChatModelList | null;

  /**
   * @param llm null when each answer has its own.
   * @throws ChatError `CONFIGURATION` when the list is empty, or is missing although each answer has its own LLM.
   */
  constructor(
    llm: NodeLLMCore | null,
    models: Names | ((options: { ctx: Context }) => Names | Promise<Names>) | undefined,
  ) {
    if (llm === null && models === undefined) {
      throw new ChatError(
        "CONFIGURATION",
        "createChatRouter: `llm` is a function, so `models` has to name the models that a client may choose.",
      );
    }
    this.#llm = llm;
    this.#names = typeof models === "function" ? models : () => models ?? [];
    this.#list = typeof models === "function" ? null : new ChatModelList(llm, models);
  }

  /**
   * @throws ChatError `CONFIGURATION` when the app's function returns an empty list.
   * @throws whatever it throws.
   */
  async of(ctx: Context): Promise<ChatModelList> {
    return this.#list ?? new ChatModelList(this.#llm, await this.#names({ ctx }));
  }
}

/** The model of an agent's class. */
export function agentModels(agent: AnyAgentClass | undefined): readonly string[] | undefined {
  if (agent === undefined) return undefined;
  if (agent.model !== undefined) return [agent.model];
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: ${agent.name} is not a class of NodeLLM's Agent with a model. Set its static property \`model\`.`,
  );
}
