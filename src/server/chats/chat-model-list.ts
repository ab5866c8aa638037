import type { NodeLLMCore } from "@node-llm/core";
import { PricingRegistry } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import type { ChatModel } from "../../chat/chat-procedures.ts";
import { resolveLLM } from "../../orm/provider/resolve-llm.ts";

/** The models that clients may choose, and the default. */
export class ChatModelList {
  readonly #llm: NodeLLMCore | null;
  readonly #ids: readonly string[] | null;

  /** @param llm null when each answer has its own; the prices are not known then. */
  constructor(llm: NodeLLMCore | null, ids: readonly string[] | undefined) {
    if (ids?.length === 0) {
      throw new ChatError(
        "CONFIGURATION",
        "createChatRouter: `models` is empty. Name at least one model, or omit the option.",
      );
    }
    this.#llm = llm;
    this.#ids = ids ?? null;
  }

  /** @throws ChatError `CONFIGURATION` when neither the router nor the LLM names a model. */
  get default(): string {
    const id =
      this.#ids?.[0] ?? this.#llm?.defaultChatModel ?? this.#llm?.provider?.defaultModel("chat");
    if (id !== undefined && id !== "") return id;
    throw new ChatError(
      "CONFIGURATION",
      "createChatRouter: there is no default model. Set `models`, or `defaultChatModel` in createLLM.",
    );
  }

  /**
   * The model for the next answer: the requested one, or else the chat's own. A chat whose model is no longer offered
   * gets the default.
   *
   * @throws ChatError `BAD_REQUEST` when the requested model is not offered.
   */
  choose(requested: string | undefined, stored: string | null): string {
    if (requested !== undefined) {
      this.check(requested);
      return requested;
    }
    return stored !== null && this.#has(stored) ? stored : this.default;
  }

  /** @throws ChatError `BAD_REQUEST` when the model is not offered. */
  check(id: string): void {
    if (this.#has(id)) return;
    const known = (this.#ids ?? [this.default]).join(", ");
    throw new ChatError(
      "BAD_REQUEST",
      `The model "${id.slice(0, 100)}" is not available. Choose one of: ${known}.`,
    );
  }

  /** The models with their prices in US dollars for a million tokens. */
  list(): ChatModel[] {
    const defaultId = this.default;
    return (this.#ids ?? [defaultId]).map((id) => {
      const price = this.#priceOf(id);
      return {
        id,
        isDefault: id === defaultId,
        inputPrice: price?.input_per_million ?? null,
        outputPrice: price?.output_per_million ?? null,
      };
    });
  }

  #has(id: string): boolean {
    return this.#ids === null ? id === this.default : this.#ids.includes(id);
  }

  #priceOf(id: string) {
    const provider = this.#llm === null ? undefined : resolveLLM(this.#llm, id).provider?.id;
    return provider === undefined
      ? undefined
      : PricingRegistry.getPricing(id, provider)?.text_tokens?.standard;
  }
}
