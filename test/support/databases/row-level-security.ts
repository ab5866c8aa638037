import type { AsyncLocalStorage } from "node:async_hooks";

import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
} from "@prisma/driver-adapter-utils";

import { executeOnPostgres } from "./execute-on-postgres.ts";

/** The user of a request, as an app keeps it. */
export type UserStorage = AsyncLocalStorage<{ readonly user: string }>;

/** A statement, and the user in whose context it ran; null outside of any. */
export interface SecuredStatement {
  readonly user: string | null;
  readonly query: SqlQuery;
}

const tables = [
  "LlmChat",
  "LlmMessage",
  "LlmToolCall",
  "LlmRequest",
  "LlmMessageChunk",
  "LlmAttachment",
];
const ofChat = (column: string) => `EXISTS (SELECT 1 FROM "LlmChat" c WHERE c.id = ${column})`;
const ofMessage = `EXISTS (SELECT 1 FROM "LlmMessage" m WHERE m.id = "messageId")`;

/** What a row must have to be seen or written. Chats and messages are themselves seen through their policies. */
const policies: Readonly<Record<string, string>> = {
  LlmChat: `"userId" = current_setting('app.user', TRUE)`,
  LlmMessage: ofChat(`"chatId"`),
  LlmToolCall: ofMessage,
  LlmRequest: ofChat(`"chatId"`),
  LlmMessageChunk: ofMessage,
  LlmAttachment: ofMessage,
};

/**
 * Lets a role without privileges of its own see the rows of the user that the setting `app.user` names, and no others.
 *
 * @returns a function that removes the role.
 */
export async function secureRows(url: string, role: string): Promise<() => Promise<void>> {
  await executeOnPostgres(url, `CREATE ROLE ${role} NOLOGIN`);
  await executeOnPostgres(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
  for (const table of tables) {
    await executeOnPostgres(url, `ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`);
    const rule = `USING (${policies[table]}) WITH CHECK (${policies[table]})`;
    await executeOnPostgres(url, `CREATE POLICY own ON "${table}" TO ${role} ${rule}`);
  }
  return async () => {
    await executeOnPostgres(url, `DROP OWNED BY ${role} CASCADE`);
    await executeOnPostgres(url, `DROP ROLE ${role}`);
  };
}

/** An adapter as an app writes one: each statement runs as the role, for the user of the current context. */
export function secureAdapter(
  factory: SqlDriverAdapterFactory,
  { role, users, onStatement }: SecureOptions,
): SqlDriverAdapterFactory {
  const userNow = (): string | null => users.getStore()?.user ?? null;
  const begin = async (adapter: SqlDriverAdapter, user: string | null) => {
    const transaction = await adapter.startTransaction();
    await transaction.executeRaw(statement(`SET LOCAL ROLE ${role}`));
    const set = `SELECT set_config('app.user', '${user ?? ""}', TRUE)`;
    await transaction.queryRaw(statement(set));
    return transaction;
  };
  const once = async <Result>(
    adapter: SqlDriverAdapter,
    query: SqlQuery,
    run: (queryable: SqlQueryable) => Promise<Result>,
  ): Promise<Result> => {
    const user = userNow();
    onStatement({ user, query });
    const transaction = await begin(adapter, user);
    try {
      const result = await run(transaction);
      await end(transaction, "COMMIT");
      return result;
    } catch (error) {
      await end(transaction, "ROLLBACK");
      throw error;
    }
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect();
      return {
        provider: adapter.provider,
        adapterName: adapter.adapterName,
        queryRaw: (query) => once(adapter, query, (queryable) => queryable.queryRaw(query)),
        executeRaw: (query) => once(adapter, query, (queryable) => queryable.executeRaw(query)),
        executeScript: (script) => adapter.executeScript(script),
        startTransaction: async () => {
          const user = userNow();
          const transaction = await begin(adapter, user);
          return {
            provider: transaction.provider,
            adapterName: transaction.adapterName,
            queryRaw: (query) => {
              onStatement({ user, query });
              return transaction.queryRaw(query);
            },
            executeRaw: (query) => {
              onStatement({ user, query });
              return transaction.executeRaw(query);
            },
            options: transaction.options,
            commit: () => transaction.commit(),
            rollback: () => transaction.rollback(),
            createSavepoint: (name) => transaction.createSavepoint?.(name) ?? Promise.resolve(),
            rollbackToSavepoint: (name) =>
              transaction.rollbackToSavepoint?.(name) ?? Promise.resolve(),
            releaseSavepoint: (name) => transaction.releaseSavepoint?.(name) ?? Promise.resolve(),
          };
        },
        getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: false },
        dispose: () => adapter.dispose(),
      };
    },
  };
}

interface SecureOptions {
  readonly role: string;
  readonly users: UserStorage;
  readonly onStatement: (statement: SecuredStatement) => void;
}

interface Transaction extends SqlQueryable {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Prisma sends COMMIT and ROLLBACK itself; the adapter only gives the connection back. */
async function end(transaction: Transaction, word: "COMMIT" | "ROLLBACK"): Promise<void> {
  await transaction.executeRaw(statement(word));
  await (word === "COMMIT" ? transaction.commit() : transaction.rollback());
}

function statement(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}
