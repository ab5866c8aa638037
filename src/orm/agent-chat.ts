import type { ToolResolvable } from "@node-llm/core";
import { Chat } from "./chat.ts";

/** The chat of an agent. The agent sets its instructions and tools anew with each question; what a session adds stays. */
export class AgentChat extends Chat {
  #instructions: readonly string[] = [];
  #tools: readonly ToolResolvable[] = [];
  #isReplaced = false;

  /** Adds a tool that stays. */
  keepTool(tool: ToolResolvable): void {
    this.#tools = [...this.#tools, tool];
    super.withTools([tool]);
  }

  /** Adds instructions that stay, or that take the place of the agent's own. */
  keepInstructions(instructions: string, options: { replace?: boolean }): void {
    const isReplacing = options.replace === true;
    this.#instructions = isReplacing ? [instructions] : [...this.#instructions, instructions];
    this.#isReplaced ||= isReplacing;
    super.withInstructions(instructions, options);
  }

  override withTools(...[tools, options]: Parameters<Chat["withTools"]>): this {
    return super.withTools(options?.replace === true ? [...tools, ...this.#tools] : tools, options);
  }

  override withInstructions(instructions: string, options: { replace?: boolean } = {}): this {
    if (options.replace !== true) return super.withInstructions(instructions);
    const own = this.#isReplaced ? [] : [instructions];
    for (const [index, text] of [...own, ...this.#instructions].entries())
      super.withInstructions(text, { replace: index === 0 });
    return this;
  }
}
