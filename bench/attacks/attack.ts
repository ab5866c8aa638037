import type { PrismaClient } from "../../generated/sqlite/client.ts";
import type { RawResponse } from "../../test/support/clients/call-procedure.ts";

/** What an attacker has: a login, a chat, and any HTTP client. */
export interface Target {
  readonly url: string;
  readonly chatId: string;
  /** The database, for what has been stored before the attack. */
  readonly prisma: PrismaClient;
  /** Calls a procedure as the user `u1`. */
  readonly call: (
    kind: "query" | "mutation" | "subscription",
    procedure: string,
    input: unknown,
    text?: string,
  ) => Promise<RawResponse>;
  /** How often the provider was called so far. */
  readonly calls: () => Promise<number>;
}

/** What a stranger does to a server of its own. */
export interface Attack {
  readonly name: string;
  /** The budget of each user in tokens a day; none unless it is given. */
  readonly budget?: number;
  /** Fills the database before the server starts. */
  readonly prepare?: (target: Pick<Target, "prisma" | "chatId">) => Promise<void>;
  /** Attacks, and returns what has come of it in words. */
  readonly run: (target: Target) => Promise<string>;
}

/** How many responses had each status, in words. */
export function countStatuses(responses: readonly RawResponse[]): string {
  const counts = new Map<string, number>();
  for (const { status, code } of responses) {
    const name = code ?? String(status);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ");
}

/** The size of all responses in MB. */
export function megabytes(responses: readonly RawResponse[]): string {
  return `${(responses.reduce((sum, { body }) => sum + body.length, 0) / 1e6).toFixed(1)} MB`;
}
