import { ChatError } from "../chat/chat-error.ts";
import type { Row } from "../orm/database/client/prisma-client-like.ts";
import { isPlainObject } from "../shared/is-plain-object.ts";

/** A value of a column in `scope`. */
export type ScopeValue = string | number | bigint | boolean;

/** The columns that all chats of a caller have, such as `{ userId: "u1" }`. */
export interface ScopeColumns {
  readonly [column: string]: ScopeValue;
}

/** What `scope` of a chat router may be. */
export type ScopeOption<Context> = "everyone" | ((options: { ctx: Context }) => ScopeColumns);

/** The columns that a caller sets with `create` and `update`, or that the router keeps: none of them can be a border. */
const openColumns = [
  "id",
  "title",
  "model",
  "provider",
  "instructions",
  "temperature",
  "metadata",
  "lastPosition",
  "createdAt",
  "updatedAt",
] as const;

/**
 * What a scope must also be: the type refuses a result without a column, a column that callers set themselves, and `any`,
 * which may be anything.
 */
export type SayingScope<Scope> = 0 extends 1 & Scope
  ? never
  : keyof Scope extends never
    ? "`scope` returns no columns: every caller would see every chat"
    : true extends {
          [Column in keyof Scope]: 0 extends 1 & Scope[Column] ? true : false;
        }[keyof Scope]
      ? "a column of `scope` is any: give it a type"
      : Extract<keyof Scope, (typeof openColumns)[number]> extends never
        ? unknown
        : "callers may change a column of `scope`, or the router sets it: use one of your own";

/** @throws ChatError `CONFIGURATION` unless the option is a function or `"everyone"`. */
export function checkScopeOption(scope: unknown): void {
  if (typeof scope === "function" || scope === "everyone") return;
  const given = scope === undefined ? "is missing" : `is ${describe(scope)}`;
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: \`scope\` ${given}. Return the columns that all chats of a caller have, as in ` +
      '`scope: ({ ctx }) => ({ userId: ctx.user.id })`, or set `scope: "everyone"` when every caller may see every chat.',
  );
}

/**
 * Checks what the app's `scope` has returned. Prisma takes `undefined` for no filter at all, and an object for an
 * operator, so nothing but plain values gets through.
 *
 * @param isColumn whether the chat's model has a column.
 * @throws ChatError `CONFIGURATION` for anything else than a plain object with at least one column of the chat's model.
 */
export function parseScope(result: unknown, isColumn: (name: string) => boolean): Row {
  if (isPromiseLike(result)) {
    // Nobody else handles its rejection.
    void Promise.resolve(result).catch(() => undefined);
    throw invalidScope(
      "returns a promise. Look up what it needs in a middleware, and read it from `ctx`",
    );
  }
  if (!isPlainObject(result)) throw invalidScope(`returns ${describe(result)}. Return an object`);
  const scope: Row = {};
  for (const key of Reflect.ownKeys(result)) {
    const column = String(key);
    if (typeof key === "symbol" || !isColumn(key))
      throw invalidScope(`returns "${column}", which is not a column of the chat's model`);
    if (openColumns.some((open) => open === key))
      throw invalidScope(
        `returns "${column}", which callers may change or which the router sets. Use a column of your own, such as "userId"`,
      );
    const value: unknown = Object.getOwnPropertyDescriptor(result, key)?.value;
    if (!isScopeValue(value)) {
      throw invalidScope(
        `returns ${describe(value)} for "${column}". Return a string, a finite number, a bigint or a boolean, ` +
          "and refuse callers without one in your procedure",
      );
    }
    scope[key] = value;
  }
  if (Object.keys(scope).length === 0) {
    throw invalidScope(
      'returns no columns. Return those that all chats of the caller have, or set `scope: "everyone"`',
    );
  }
  return scope;
}

function isScopeValue(value: unknown): value is ScopeValue {
  return (
    typeof value === "string" ||
    typeof value === "boolean" ||
    typeof value === "bigint" ||
    Number.isFinite(value)
  );
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** What a value is, in words, without the value itself: it may be a secret. */
function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return String(value);
  if (typeof value === "object")
    return isPlainObject(value) ? "an object" : "an instance of a class";
  return `a ${typeof value}`;
}

function invalidScope(problem: string): ChatError {
  return new ChatError("CONFIGURATION", `createChatRouter: \`scope\` ${problem}.`);
}
/**
 * Whether a row has the columns of a scope. False does not say for sure that it has not, because a database may compare
 * texts without regard to case.
 */
export function isInScope(row: Row, scope: Row): boolean {
  // The app may give a number for a column whose values are bigints.
  return Object.entries(scope).every(
    ([column, value]) => row[column] != null && String(row[column]) === String(value),
  );
}
