import { TRPCError } from "@trpc/server";
import { ChatError } from "../../chat/chat-error.ts";
import { isPlainObject } from "../../shared/is-plain-object.ts";
import { toTrpcError } from "../errors.ts";

/** How much an input may hold altogether. */
export interface InputBounds {
  /** Levels of objects and lists; an object of plain values has one. */
  readonly maxDepth: number;
  /** Entries of all objects and lists. */
  readonly maxValues: number;
  /** Characters of all texts and keys. */
  readonly maxChars: number;
}

/** A call as tRPC passes it to a middleware. */
export interface BoundedCall<Result> {
  readonly getRawInput: () => Promise<unknown>;
  readonly next: () => Promise<Result>;
}

/**
 * Creates a middleware that refuses an input which is too large for its schema: a validator makes an issue of each
 * element of a list of millions, and follows a nesting of any depth until the stack is full.
 */
export function boundedInput(
  bounds: InputBounds,
): <Result>(call: BoundedCall<Result>) => Promise<Result> {
  return async ({ getRawInput, next }) => {
    const input = await readInput(getRawInput);
    try {
      checkBounds(input, bounds);
    } catch (error) {
      throw toTrpcError(error);
    }
    return next();
  };
}

/** The text of a parser that fails is about its own inside, so the client gets another one. */
async function readInput(getRawInput: () => Promise<unknown>): Promise<unknown> {
  try {
    return await getRawInput();
  } catch (error) {
    if (error instanceof TRPCError && error.code !== "BAD_REQUEST") throw error;
    throw new TRPCError({
      code: "BAD_REQUEST",
      message:
        "The input cannot be read. Send it as JSON, encoded as the router's transformer expects.",
      cause: error,
    });
  }
}

/**
 * Counts what an input holds, and ends at the first bound that is exceeded. Works without recursion, and ends for an
 * object that contains itself.
 *
 * @throws ChatError `BAD_REQUEST` when a bound is exceeded, or the input holds something that is not JSON.
 */
export function checkBounds(input: unknown, bounds: InputBounds): void {
  let values = 0;
  let chars = 0;
  const pending: { readonly value: object; readonly depth: number }[] = [];
  const count = (more: number): void => {
    values += more;
    if (values > bounds.maxValues)
      throw tooLarge(`has too many values: at most ${bounds.maxValues}`);
  };
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === "string") chars += value.length;
    else if (typeof value === "object" && value !== null) {
      if (depth > bounds.maxDepth)
        throw tooLarge(`is nested too deeply: at most ${bounds.maxDepth} levels`);
      pending.push({ value, depth });
    } else if (!isPlainValue(value)) throw notJson();
    if (chars > bounds.maxChars)
      throw tooLarge(`is too long: at most ${bounds.maxChars} characters`);
  };
  visit(input, 1);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (Array.isArray(value)) {
      count(value.length);
      for (const item of value) visit(item, depth + 1);
    } else {
      if (!isPlainObject(value)) throw notJson();
      // Unlike Object.entries, this makes no list of the values.
      for (const key in value) {
        count(1);
        visit(key, depth + 1);
        visit(value[key], depth + 1);
      }
    }
  }
}

function isPlainValue(value: unknown): boolean {
  return value == null || typeof value === "boolean" || Number.isFinite(value);
}

function tooLarge(problem: string): ChatError {
  return new ChatError("BAD_REQUEST", `The input ${problem}. Send less at once.`);
}

function notJson(): ChatError {
  return new ChatError(
    "BAD_REQUEST",
    "The input holds something that is not JSON, such as a date or a number out of range. Send texts, numbers, booleans, null, lists and objects.",
  );
}
