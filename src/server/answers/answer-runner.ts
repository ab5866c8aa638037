import { Answer } from "../../chat/answer.ts";
import { runOutside } from "../../orm/context/async-context.ts";
import type { BegunTurn } from "../../orm/turn/begun-turn.ts";
import type { Database } from "../../orm/database/database.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";
import type { EndReason } from "../../orm/turn/turn-control.ts";
import { Turn } from "../../orm/turn/turn.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { ChatTitles } from "../titles/chat-titles.ts";
import type { EmitEvent } from "../chat-router-event.ts";
import { AnswerTelemetry } from "./answer-telemetry.ts";
import type { FailureListener } from "../report-failure.ts";
import { reportFailure } from "../report-failure.ts";
import type { AnswerSettings } from "./create-turn-settings.ts";
import type { LocalAnswers } from "./local-answers.ts";

interface RunnerOptions {
  readonly db: Database;
  readonly hub: ChatHub;
  readonly background: ((answer: Promise<void>) => void) | undefined;
  readonly onError: FailureListener | undefined;
  readonly emit: EmitEvent | null;
  readonly answers: LocalAnswers;
  readonly titles: ChatTitles;
}

/** Produces answers independently of the requests that started them. */
export class AnswerRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Starts to produce the answer of a turn that has begun, and returns at once. */
  start(begun: BegunTurn, settings: AnswerSettings): void {
    const { db, hub, emit, answers, titles } = this.#options;
    const { assistant, continued } = begun;
    const message = toChatMessage(assistant, { toolCalls: continued?.toolCalls ?? [] });
    const answer = new Answer(message, settings.requiresObject);
    const telemetry = emit === null ? null : new AnswerTelemetry(answer, begun, emit);
    const turn = new Turn(db, begun, settings, telemetry ?? answer);
    // What the hub does for the answer is for all of its readers.
    runOutside(() => hub.open(answer, () => turn.stop()));
    settings.cleanUps.keep();
    const settled = this.#run(turn, answer, telemetry);
    const finished = settled
      .then(() => titles.make(begun, answer.final, settings.title))
      .finally(() => settings.cleanUps.run());
    answers.add({ interrupt: () => turn.interrupt(), settled, finished });
    this.#passToBackground(finished, answer);
  }

  /** Keeps the process alive for what belongs to an answer that has ended. `work` must not reject. */
  keepAlive(work: Promise<void>, message: { readonly chatId: string; readonly id: string }): void {
    this.#options.answers.addWork(work);
    this.#passToBackground(work, message);
  }

  /** Passes the promise of an answer to the app. The answer is produced even if that fails. */
  #passToBackground(
    finished: Promise<void>,
    { chatId, id: messageId }: { readonly chatId: string; readonly id: string },
  ): void {
    const { background, onError } = this.#options;
    const report = (error: unknown): void =>
      reportFailure(onError, { task: "background", error, chatId, messageId });
    try {
      const result: unknown = background?.(finished);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  }

  async #run(turn: Turn, answer: Answer, telemetry: AnswerTelemetry | null): Promise<EndReason> {
    const { hub, onError } = this.#options;
    // The request that started the answer gets its response first.
    await new Promise((resolve) => setImmediate(resolve));
    const report = (error: unknown): void => {
      const { chatId, id: messageId } = answer;
      reportFailure(onError, { task: "answer", error, chatId, messageId });
    };
    try {
      const end = await turn.run({ kind: "stream" });
      if (end.reason === "failed") report(end.error);
      telemetry?.end(end);
      return end.reason;
    } catch (error) {
      // The error would be lost otherwise, and a drain would wait for this promise forever.
      report(error);
      return "failed";
    } finally {
      hub.end(answer.id);
    }
  }
}
