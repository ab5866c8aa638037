import { Answer } from "../../chat/answer.ts";
import type { BegunTurn } from "../../orm/turn/begin-turn.ts";
import type { Database } from "../../orm/database/database.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import { Turn } from "../../orm/turn/turn.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { ChatTitles } from "../titles/chat-titles.ts";
import type { EmitEvent } from "../chat-router-event.ts";
import { ObservedAnswer } from "./observed-answer.ts";
import type { FailureListener } from "../report-failure.ts";
import { reportFailure } from "../report-failure.ts";
import type { RunningAnswers } from "./running-answers.ts";

interface RunnerOptions {
  readonly db: Database;
  readonly hub: ChatHub;
  readonly background: ((answer: Promise<void>) => void) | undefined;
  readonly onError: FailureListener | undefined;
  readonly emit: EmitEvent | null;
  readonly answers: RunningAnswers;
  /** Null when chats keep their first words as titles. */
  readonly titles: ChatTitles | null;
}

/** Runs answers apart from the requests that asked for them. */
export class AnswerRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Starts the answer to a turn that has begun, and returns at once. */
  start(begun: BegunTurn, settings: TurnSettings): void {
    const { db, hub, emit, answers, titles } = this.#options;
    const { assistant, continued } = begun;
    const live = new Answer(toChatMessage(assistant, { toolCalls: continued?.toolCalls ?? [] }));
    const observed = emit === null ? null : new ObservedAnswer(live, begun, emit);
    const createTurn = (next: BegunTurn): Turn => new Turn(db, next, settings, observed ?? live);
    const running = { turn: createTurn(begun), isInterrupted: false, isStopped: false };
    hub.open(live, () => {
      running.isStopped = true;
      running.turn.stop();
    });
    const settled = this.#run(running, createTurn, live, observed);
    const answer = settled.then(() => titles?.make(begun, live.final));
    const interrupt = (): void => {
      running.isInterrupted = true;
      running.turn.interrupt();
    };
    answers.add({ live, interrupt, settled, finished: answer });
    this.#handOver(answer, live);
  }

  /** The answer goes on whether the app takes it or not. */
  #handOver(answer: Promise<void>, { chatId, id: messageId }: Answer): void {
    const { background, onError } = this.#options;
    const report = (error: unknown): void =>
      reportFailure(onError, { task: "background", error, chatId, messageId });
    try {
      const result: unknown = background?.(answer);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  }

  async #run(
    running: { turn: Turn; isInterrupted: boolean; isStopped: boolean },
    createTurn: (next: BegunTurn) => Turn,
    live: Answer,
    observed: ObservedAnswer | null,
  ): Promise<void> {
    const { hub, onError } = this.#options;
    try {
      // The request that asked for the answer gets its own first.
      await new Promise((resolve) => setImmediate(resolve));
      for (;;) {
        // The turn tells the live message; the chunks themselves are not needed here.
        const chunks = running.turn.stream({});
        while ((await chunks.next()).done !== true);
        const { next } = running.turn;
        if (next === null) break;
        running.turn = createTurn(next);
        // Told to the turn before, which had nothing left to end.
        if (running.isStopped) running.turn.stop();
        else if (running.isInterrupted) running.turn.interrupt();
      }
      observed?.end();
    } catch (error) {
      const isStop = error instanceof Error && error.name === "AbortError";
      if (!isStop) {
        const { chatId, id: messageId } = live;
        reportFailure(onError, { task: "answer", error, chatId, messageId });
      }
      observed?.end(error);
    } finally {
      hub.end(live.id);
    }
  }
}
