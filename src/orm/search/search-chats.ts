import type { Database } from "../database/database.ts";
import { lookAgain } from "../database/extensions/look-again.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { ChatSearch, FoundChats } from "./chat-search.ts";
import { scanChats } from "./scan-chats.ts";
import { searchByCalls } from "./search-by-calls.ts";
import { searchIndex } from "./search-index.ts";
import { TextFinder } from "./text-finder.ts";

/** After this time a search returns what it has found, in milliseconds. */
const maxMs = 3_000;

/**
 * Finds chats with a text in their title, or in a message of their active branch. It begins with the chat that was
 * updated last and stops when it has found enough, or when its time is over. An index leads to the few messages that may
 * have the text. Without one, or when too many may have it, the chats of the scope are read one after the other. With a
 * client whose extensions change what is read, the client's own calls read them.
 */
export async function searchChats(db: Database, search: ChatSearch): Promise<FoundChats> {
  const { scope, after, enough, signal } = search;
  const text = toStorable(search.text);
  const deadline = Date.now() + maxMs;
  const isOver = (): boolean => Date.now() >= deadline || signal?.aborted === true;
  const finder = new TextFinder(text);
  await lookAgain(db);
  if (db.traits.filtersReads || db.traits.changesText)
    return searchByCalls(db, search, finder, isOver);
  const found = new Map<string, string | null>();
  const candidates = await searchIndex(db, scope, text);
  if (candidates?.size === 0) return { found, rest: null };
  for await (const step of scanChats(db, { scope, after, candidates, done: found })) {
    for (const { chatId, isTitle, text: content } of step.texts) {
      if (found.has(chatId)) continue;
      const excerpt = finder.excerpt(content);
      if (excerpt !== null) found.set(chatId, isTitle ? null : excerpt);
    }
    if ((found.size >= enough || isOver()) && step.place !== null)
      return { found, rest: step.place };
  }
  return { found, rest: null };
}
