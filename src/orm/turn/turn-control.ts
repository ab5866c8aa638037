import { abortError } from "../../shared/abortable.ts";
import type { MessageRow } from "../database/rows.ts";

/** How a turn ends. `waiting`: it waits for approval, and only the database has it. */
export type EndReason = "complete" | "waiting" | "stopped" | "interrupted" | "failed";

/** How a turn ended, and the row of its answer; null when the answer was deleted. */
export type TurnEnd =
  | { readonly reason: "complete" | "waiting"; readonly row: MessageRow }
  | {
      readonly reason: "stopped" | "interrupted" | "failed";
      readonly row: MessageRow | null;
      /** What `ask` throws: an `AbortError`, or the error that ended the turn. */
      readonly error: unknown;
    };

/** Why a turn was ended from outside. `lost`: the message was deleted, or another process has ended it. */
type OutsideReason = "interrupted" | "stopped" | "lost";

/** In this list, a later reason replaces an earlier one. */
const ranks: readonly (OutsideReason | null)[] = [null, "interrupted", "stopped", "lost"];

/** Ends a turn before it is complete, and remembers why. */
export class TurnControl {
  readonly #abort = new AbortController();
  #reason: OutsideReason | null = null;

  /** Aborts as soon as the turn has to end before it is complete. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why the turn was ended from outside. Null when it was not. */
  get reason(): OutsideReason | null {
    return this.#reason;
  }

  /** Ends the turn because somebody asked for it. What was produced is kept. */
  stop(): void {
    this.#end("stopped");
  }

  /** Ends the turn because the process shuts down. What was produced is kept. */
  interrupt(): void {
    this.#end("interrupted");
  }

  /** Ends the turn because the message was deleted or ended by another process. Nothing may be written any more. */
  lose(): void {
    this.#end("lost");
  }

  /** Ends the turn with an error. Does nothing if it was ended before. */
  fail(error: unknown): void {
    this.#abort.abort(error);
  }

  #end(reason: OutsideReason): void {
    if (ranks.indexOf(reason) > ranks.indexOf(this.#reason)) this.#reason = reason;
    this.#abort.abort(abortError());
  }
}
