import type { Row } from "../database/client/prisma-client-like.ts";
import type { SearchPlace } from "./scan-chats.ts";

/** A search in the list of chats. */
export interface ChatSearch {
  /** Columns that the chat rows must have. */
  readonly scope: Row;
  readonly text: string;
  /** Where an earlier search has ended; null to begin with the first chat. */
  readonly after: SearchPlace | null;
  /** Enough chats to stop at. */
  readonly enough: number;
  /** Ends the search when nobody waits for it any more. */
  readonly signal: AbortSignal | undefined;
}

/** What a search has found. */
export interface FoundChats {
  /** For the id of each chat an excerpt from the newest message with the text; null when its title has it. */
  readonly found: ReadonlyMap<string, string | null>;
  /** Where to go on; null when all chats have been searched. */
  readonly rest: SearchPlace | null;
}
