import type { Database } from "../database/database.ts";
import type { BegunTurn } from "./begin-turn.ts";
import type { TurnControl } from "./turn-control.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnSettings, TurnSink } from "./turn-settings.ts";
import { TurnState } from "./turn-state.ts";
import { TurnTools } from "./turn-tools.ts";

/** A leg of a turn: from its beginning or an approval to its end or the next approval. */
export interface TurnLeg {
  readonly db: Database;
  readonly begun: BegunTurn;
  readonly settings: TurnSettings;
  readonly sink: TurnSink | null;
  readonly control: TurnControl;
  readonly state: TurnState;
  /** Null on a schema without this package's additions. */
  readonly log: TurnLog | null;
  readonly tools: TurnTools;
}

/** Opens a leg. Saving starts here, before anything can end the turn, so that every turn that has begun is also ended. */
export function openLeg(
  given: Pick<TurnLeg, "db" | "begun" | "settings" | "sink" | "control">,
): TurnLeg {
  const { db, begun, settings, sink, control } = given;
  const { assistant: message, continued } = begun;
  const state = new TurnState(message, continued?.toolCalls ?? []);
  const log = db.isExtended
    ? new TurnLog({
        db,
        messageId: message.id,
        firstSeq: continued?.seq ?? 0,
        startedAt: message.createdAt,
        control,
      })
    : null;
  const { needsApproval } = settings;
  const tools = new TurnTools({ db, message, state, log, sink, control, needsApproval });
  return { ...given, state, log, tools };
}
