import type {
  OpenAIAnswer,
  OpenAIRequest,
  OpenAIServer,
} from "../../test/support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../../test/support/providers/start-openai-server.ts";
import { HeldText } from "./held-text.ts";

interface Call {
  readonly prompt: string;
  readonly request: OpenAIRequest;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/**
 * A server in OpenAI's format that answers each prompt as the test scripts it: the first answer for the
 * first call with that prompt, and so on. The last answer repeats.
 */
export class ScriptedModel {
  readonly #server: OpenAIServer;
  readonly #answers: Map<string, readonly OpenAIAnswer[]>;
  readonly #titles: Map<string, OpenAIAnswer>;
  readonly #calls: Call[];
  readonly #held: HeldText[] = [];

  private constructor(
    server: OpenAIServer,
    answers: Map<string, readonly OpenAIAnswer[]>,
    titles: Map<string, OpenAIAnswer>,
    calls: Call[],
  ) {
    this.#server = server;
    this.#answers = answers;
    this.#titles = titles;
    this.#calls = calls;
  }

  static async start(): Promise<ScriptedModel> {
    const answers = new Map<string, readonly OpenAIAnswer[]>();
    const titles = new Map<string, OpenAIAnswer>();
    const calls: Call[] = [];
    const server = await startOpenAIServer((request, index) => {
      const prompt = promptOf(request);
      const [, titled] = /^Question:\n([^]*?)\n\nAnswer:\n/.exec(prompt) ?? [];
      if (titled !== undefined) return titles.get(titled) ?? noTitle;
      const attempt = calls.filter((call) => call.prompt === prompt).length;
      calls.push({ prompt, request, closed: server.closed(index) });
      const planned = answers.get(prompt) ?? [];
      return planned[attempt] ?? planned.at(-1) ?? { text: ["An answer to: ", prompt] };
    });
    return new ScriptedModel(server, answers, titles, calls);
  }

  get baseUrl(): string {
    return this.#server.baseUrl;
  }

  on(prompt: string, ...answers: readonly OpenAIAnswer[]): void {
    this.#answers.set(prompt, answers);
  }

  /** Sets the title that the model gives to a chat with this first prompt; by default, none. */
  onTitle(prompt: string, answer: OpenAIAnswer): void {
    this.#titles.set(prompt, answer);
  }

  /** Answers the prompt with a text that the test continues and ends. */
  hold(prompt: string, ...pieces: readonly string[]): HeldText {
    const text = this.held(...pieces);
    this.on(prompt, { pieces: text });
    return text;
  }

  /** Creates a text for a scripted answer. It ends with the test at the latest. */
  held(...pieces: readonly string[]): HeldText {
    const text = new HeldText(...pieces);
    this.#held.push(text);
    return text;
  }

  /** The calls with this prompt since the test started. */
  calls(prompt: string): readonly Call[] {
    return this.#calls.filter((call) => call.prompt === prompt);
  }

  /** Ends all held texts and forgets all scripts and calls. */
  reset(): void {
    for (const text of this.#held.splice(0)) text.end();
    this.#answers.clear();
    this.#titles.clear();
    this.#calls.length = 0;
  }

  async close(): Promise<void> {
    this.reset();
    await this.#server.close();
  }
}

/** Empty once its quotation marks are removed, so that the chat keeps its first words as its title. */
const noTitle: OpenAIAnswer = { text: ['""'] };

function promptOf(request: OpenAIRequest): string {
  const content = request.messages.findLast((message) => message.role === "user")?.content;
  if (typeof content === "string") return content;
  // A message with files is a list of parts, of which the first is its own text.
  const [first]: readonly unknown[] = Array.isArray(content) ? content : [];
  return typeof first === "object" && first !== null && "text" in first
    ? String(first.text)
    : JSON.stringify(content);
}
