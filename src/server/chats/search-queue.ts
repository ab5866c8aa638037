import { ChatError } from "../../chat/chat-error.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import { WriteQueue } from "../../orm/database/write-queue.ts";

/** How many searches of a scope may be waiting or in progress. */
const maxSearches = 8;

/** Runs the searches of a scope one after the other, so that nobody has more than others by asking more often. */
export class SearchQueue {
  readonly #scopes = new Map<string, { count: number; readonly queue: WriteQueue }>();

  /** @throws ChatError `TOO_MANY_REQUESTS` when many searches of the scope are waiting already. */
  async run<Result>(scope: Row, search: () => Promise<Result>): Promise<Result> {
    const key = JSON.stringify(
      Object.entries(scope).map(([column, value]) => [column, String(value)]),
    );
    const line = this.#scopes.get(key) ?? { count: 0, queue: new WriteQueue() };
    if (line.count >= maxSearches) {
      throw new ChatError(
        "TOO_MANY_REQUESTS",
        "Too many searches are in progress. Wait until one has ended, and search again.",
      );
    }
    line.count++;
    this.#scopes.set(key, line);
    try {
      return await line.queue.run(search);
    } finally {
      line.count--;
      if (line.count === 0) this.#scopes.delete(key);
    }
  }
}
