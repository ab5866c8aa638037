import { LiveMessage } from "../chat/live-message.ts";
import type { BegunTurn } from "../orm/begin-turn.ts";
import type { Database } from "../orm/database.ts";
import { toChatMessage } from "../orm/to-chat-message.ts";
import type { TurnSettings } from "../orm/turn.ts";
import { Turn } from "../orm/turn.ts";
import type { ChatHub } from "./chat-hub.ts";

/** An answer that failed, for the server's log. */
export interface AnswerFailure {
  readonly error: unknown;
  readonly chatId: string;
  readonly messageId: string;
}

interface RunnerOptions {
  readonly db: Database;
  readonly hub: ChatHub;
  readonly background: ((answer: Promise<void>) => void) | undefined;
  readonly onError: ((failure: AnswerFailure) => void) | undefined;
}

/** Runs answers apart from the requests that asked for them. */
export class AnswerRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Starts the answer to a turn that has begun, and returns at once. */
  start(begun: BegunTurn, settings: TurnSettings): void {
    const { db, hub, background } = this.#options;
    const live = new LiveMessage(toChatMessage(begun.assistant));
    const turn = new Turn(db, begun, settings, live);
    hub.open(live, () => turn.stop());
    const answer = this.#run(turn, live);
    if (background === undefined) void answer;
    else background(answer);
  }

  async #run(turn: Turn, live: LiveMessage): Promise<void> {
    const { hub, onError } = this.#options;
    try {
      // The turn tells the live message; the chunks themselves are not needed here.
      const chunks = turn.stream({});
      while ((await chunks.next()).done !== true);
    } catch (error) {
      const isStop = error instanceof Error && error.name === "AbortError";
      if (!isStop) report(onError, { error, chatId: live.chatId, messageId: live.id });
    } finally {
      hub.end(live.id);
    }
  }
}

/** No caller waits for an answer: without `onError`, the console is where its failure is seen. */
function report(
  onError: ((failure: AnswerFailure) => void) | undefined,
  failure: AnswerFailure,
): void {
  const log = (error: unknown): void =>
    // oxlint-disable-next-line no-console -- the last place where the failure can be seen
    console.error(`node-llm-trpc: the answer ${failure.messageId} failed.`, error);
  try {
    if (onError === undefined) log(failure.error);
    else onError(failure);
  } catch (error) {
    log(error);
  }
}
