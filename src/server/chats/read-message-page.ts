import type { Database } from "../../orm/database/database.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { placeMessages } from "../../orm/messages/place-messages.ts";
import { sizeBranch } from "../../orm/messages/size-messages.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { invalidCursor } from "../errors.ts";
import { jsonBytes } from "../limits/json-bytes.ts";

/** A page of messages that was measured and not yet read. */
export interface MessagePagePlan {
  /** The newest message first. */
  readonly ids: readonly string[];
  /** How much text they have. */
  readonly bytes: number;
  readonly nextCursor: string | null;
}

interface PageRequest {
  /** `nextCursor` of the page before; null for the first page. */
  readonly cursor: string | null;
  readonly limit: number;
  /** The page ends with the message that reaches this size. */
  readonly maxBytes: number;
}

/**
 * Finds out which messages of the active branch a page has. The first page is the newest; its cost does not depend on
 * the length of the chat. A page of long messages, or of large tool calls, is shorter than `limit`.
 *
 * @throws ChatError `BAD_REQUEST` when the cursor is not one of this list.
 */
export async function planMessagePage(
  db: Database,
  { id: chatId, lastPosition }: Pick<ChatRow, "id" | "lastPosition">,
  { cursor, limit, maxBytes }: PageRequest,
): Promise<MessagePagePlan> {
  const below = cursor === null ? undefined : parsePageCursor(cursor);
  const part = { take: limit + 1, below, near: lastPosition };
  let { sizes, mayLackPlaces } = await sizeBranch(db, chatId, part);
  if (cursor === null && mayLackPlaces && (await placeMessages(db, chatId)))
    ({ sizes } = await sizeBranch(db, chatId, { ...part, near: undefined }));
  let bytes = 0;
  const page = sizes.slice(0, limit).filter((size, index) => {
    if (index > 0 && bytes >= maxBytes) return false;
    bytes += size.bytes;
    return true;
  });
  const oldest = page.at(-1);
  const hasMore = page.length < sizes.length && oldest !== undefined;
  return {
    ids: page.map(({ id }) => id),
    bytes,
    nextCursor: hasMore ? `p${oldest.position ?? 0}` : null,
  };
}

/** Reads the messages of a page that are still on the active branch, oldest message first. */
export async function readMessagePage(
  db: Database,
  chatId: string,
  { ids }: MessagePagePlan,
): Promise<readonly MessageRow[]> {
  if (ids.length === 0) return [];
  // Without the other conditions, so that the database has no reason to read all of a chat.
  const found = await db.message.findMany({ where: { id: { in: [...ids] } } });
  const shown = found.filter((row) => row.chatId === chatId && row.active !== false);
  const rows = new Map(shown.map((row) => [row.id, row]));
  return ids.toReversed().flatMap((id) => rows.get(id) ?? []);
}

/** A page as it is sent. */
export interface FittedPage {
  /** The oldest message first. */
  readonly items: readonly ChatMessage[];
  readonly nextCursor: string | null;
  /** How many bytes they have. */
  readonly bytes: number;
}

/**
 * Ends a page with the message that reaches a size in the response, where some characters take up to six times as many
 * bytes as in the database. The newest message always stays.
 */
export function fitPage(
  {
    rows,
    items,
    nextCursor,
  }: {
    readonly rows: readonly MessageRow[];
    readonly items: readonly ChatMessage[];
    readonly nextCursor: string | null;
  },
  maxBytes: number,
): FittedPage {
  let bytes = 0;
  let first = items.length;
  while (first > 0 && bytes < maxBytes) bytes += jsonBytes(items[--first]);
  if (first === 0) return { items, nextCursor, bytes };
  return { items: items.slice(first), nextCursor: `p${rows[first]?.position ?? 0}`, bytes };
}

function parsePageCursor(cursor: string): number {
  const [, digits] = /^p(\d{1,10})$/.exec(cursor) ?? [];
  const position = Number(digits ?? Infinity);
  // The column has 32 bits: databases reject a comparison with a larger number.
  if (position >= 2 ** 31) throw invalidCursor();
  return position;
}
