import type { NewFiles } from "../../attachments/add-files.ts";
import type { Row } from "../../database/client/prisma-client-like.ts";
import type { ChatRow } from "../../database/rows.ts";
import type { Head } from "./head.ts";
import type { Spending } from "../../usage/spending.ts";

/** A user message to add. */
export interface NewUserMessage {
  readonly id: string;
  readonly content: string;
  readonly contentRaw: string | null;
  /** JSON; none by default. */
  readonly metadata?: string | null;
  /** The files that are added with it; none by default. */
  readonly files?: NewFiles;
}

/** What a new turn needs. */
export interface TurnRequest {
  readonly chat: ChatRow;
  /** The newest message of the chat's active branch; null when there is none. Left out, it is read. */
  readonly head?: Head | null | undefined;
  /** The columns of `chat` if the turn makes it. */
  readonly newChat?: Row | undefined;
  /** The user message to add. Null to answer an existing one again. */
  readonly user: NewUserMessage | null;
  /** The message that the first new one follows. Undefined for the newest one of the active branch. */
  readonly parentId?: string | null | undefined;
  readonly model: string | null;
  readonly provider: string | null;
  /** The title of a chat without messages and without a title. */
  readonly title?: string | undefined;
  /** Whether somebody is to be told when the answer has ended, whichever process ends it. */
  readonly isFinishDue?: boolean | undefined;
  /** Who pays for the answer. Left out, nobody does, and no limit applies. */
  readonly spending?: Spending | undefined;
}
