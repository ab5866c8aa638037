import { groupBy } from "../../shared/collections/group-by.ts";
import type { Database } from "../database/database.ts";
import type { MessageRow } from "../database/rows.ts";

/** What the place of a message depends on. */
type PlacedRow = Pick<MessageRow, "id" | "role" | "createdAt" | "position">;

/**
 * Sorts messages into the order in which they were written. Rows without a position are put in by their time: they are
 * older than that column, or another program has written them.
 *
 * @param rows messages of one chat.
 */
export async function inOrder<Row extends PlacedRow>(
  db: Database,
  chatId: string,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const unplaced = rows.filter((row) => row.position == null);
  if (unplaced.length === 0) return rows.toSorted(byPosition);
  const times = unplaced.map((row) => row.createdAt.getTime());
  const hasTies = new Set(times).size < times.length;
  const written = hasTies ? await db.readWrittenOrder("message", "chatId", [chatId]) : null;
  return orderMessages(rows, written ?? new Map(), { isSure: db.sql.isWrittenOrderSure });
}

/**
 * Does the same, for rows whose order of writing is known.
 *
 * @param written the place of each row in the order of writing, as far as the database remembers it.
 * @param options.isSure whether it does so exactly. If not, answers of the same millisecond come after their questions.
 */
export function orderMessages<Row extends PlacedRow>(
  rows: readonly Row[],
  written: ReadonlyMap<string, number>,
  { isSure }: { readonly isSure: boolean },
): readonly Row[] {
  const place = (row: Row): number => written.get(row.id) ?? 0;
  const unplaced = rows
    .filter((row) => row.position == null)
    .toSorted(
      (a, b) =>
        a.createdAt.getTime() - b.createdAt.getTime() ||
        place(a) - place(b) ||
        (a.id < b.id ? -1 : 1),
    );
  const placed = rows.filter((row) => row.position != null).toSorted(byPosition);
  return merge(placed, isSure ? unplaced : questionsFirst(unplaced));
}

function byPosition(a: PlacedRow, b: PlacedRow): number {
  return (a.position ?? 0) - (b.position ?? 0);
}

/** Puts each row without a position after the last one with a position that is not newer. */
function merge<Row extends PlacedRow>(placed: readonly Row[], unplaced: readonly Row[]): Row[] {
  const timed = placed
    .map((row, index) => ({ time: row.createdAt.getTime(), index }))
    .toSorted((a, b) => a.time - b.time);
  const merged: Row[] = [];
  let taken = 0;
  let older = 0;
  for (const row of unplaced) {
    let end = taken;
    for (; (timed[older]?.time ?? Infinity) <= row.createdAt.getTime(); older++)
      end = Math.max(end, (timed[older]?.index ?? 0) + 1);
    merged.push(...placed.slice(taken, end), row);
    taken = end;
  }
  return [...merged, ...placed.slice(taken)];
}

/** Moves a question before the answer of the same millisecond that has none before it. */
function questionsFirst<Row extends PlacedRow>(rows: readonly Row[]): readonly Row[] {
  const sorted: Row[] = [];
  let isAsked = false;
  for (const group of groupBy(rows, (row) => row.createdAt.getTime()).values()) {
    for (let count = group.length; count > 0; count--) {
      const question = group.findIndex((row) => row.role === "user");
      const isEarly = group[0]?.role === "assistant" && !isAsked && question !== -1;
      const next = group.splice(isEarly ? question : 0, 1);
      sorted.push(...next);
      isAsked = isAskedAfter(isAsked, next);
    }
  }
  return sorted;
}

function isAskedAfter(isAsked: boolean, rows: readonly PlacedRow[]): boolean {
  const last = rows.findLast(({ role }) => role === "user" || role === "assistant");
  return last === undefined ? isAsked : last.role === "user";
}
