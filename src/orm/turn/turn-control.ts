import { abortError } from "../../shared/abortable.ts";
import type { MessageRow } from "../database/rows.ts";

/** How a turn ends. `waiting` means that it waits for an approval, in the database alone. */
export type EndReason = "complete" | "waiting" | "stopped" | "interrupted" | "failed";

/** How a turn ended, and the row that is left of its answer: null when nothing was kept. */
export type TurnEnd =
  | { readonly reason: "complete" | "waiting"; readonly row: MessageRow }
  | {
      readonly reason: "stopped" | "interrupted" | "failed";
      readonly row: MessageRow | null;
      /** What the caller of `ask` gets: an `AbortError`, or the error that ended the turn. */
      readonly error: unknown;
    };

/** Why a turn is ended from outside; `lost` when the message was deleted or another process has ended it. */
type OutsideReason = "interrupted" | "stopped" | "lost";

/** A later one outranks an earlier one. */
const ranks: readonly (OutsideReason | null)[] = [null, "interrupted", "stopped", "lost"];

/** Ends a turn from outside, and remembers why. */
export class TurnControl {
  readonly #abort = new AbortController();
  #reason: OutsideReason | null = null;

  /** Aborts as soon as the turn has to end before it is complete. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why the turn was ended from outside; null when it was not. */
  get reason(): OutsideReason | null {
    return this.#reason;
  }

  /** Somebody asked for it: what was produced stays. */
  stop(): void {
    this.#end("stopped");
  }

  /** The process goes away: what was produced stays. */
  interrupt(): void {
    this.#end("interrupted");
  }

  /** The message was deleted, or another process has ended it: nothing may be written any more. */
  lose(): void {
    this.#end("lost");
  }

  /** Something failed that the turn cannot go on without. */
  fail(error: unknown): void {
    this.#abort.abort(error);
  }

  #end(reason: OutsideReason): void {
    if (ranks.indexOf(reason) > ranks.indexOf(this.#reason)) this.#reason = reason;
    this.#abort.abort(abortError());
  }
}
