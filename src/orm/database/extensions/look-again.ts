import type { Database } from "../database.ts";
import { plainTraits, refusalOf, statementExtensions } from "../client/list-extensions.ts";
import type { TableRole } from "../client/table-names.ts";
import { checkReads } from "./check-reads.ts";
import { checkOneWrite } from "./check-writes.ts";
import { ClientProbe } from "./client-probe.ts";

/**
 * Finds out what extensions do for this caller, as they may do more for some tenants. It is asked where it matters: when
 * an answer begins, and before raw statements search. One write of each model tells, and one read of those that are
 * searched.
 *
 * @throws ChatError `CONFIGURATION` as `readyDatabase` does. Other callers are not refused.
 */
export function lookAgain(db: Database): Promise<void> {
  return db.inspect(async (client) => {
    if (statementExtensions(client).length === 0) return plainTraits;
    const refuse = refusalOf(client);
    const probe = new ClientProbe(client, db.names, refuse);
    const { changesText, changing } = await checkOneWrite(probe, db, client, refuse);
    const read = (role: TableRole) =>
      checkReads(probe, db, client, refuse, { role, changing, isShort: true });
    const [chats, messages] = [await read("chat"), await read("message")];
    return {
      changesText,
      filtersReads: chats.filtersReads || messages.filtersReads,
      readsElsewhere: chats.readsElsewhere || messages.readsElsewhere,
    };
  });
}
