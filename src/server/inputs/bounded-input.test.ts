import { TRPCError } from "@trpc/server";
import { describe, expect, it, vi } from "vitest";

import { hostileValues } from "../../../test/support/fakes/hostile-values.ts";
import { defaultLimits } from "../chat-router-options.ts";
import { boundedInput, checkBounds } from "./bounded-input.ts";
import { chatInputs } from "./chat-inputs.ts";

const bounds = { maxDepth: 3, maxValues: 10, maxChars: 100 };

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "BAD_REQUEST", message: expect.stringMatching(message) });

describe("checkBounds", () => {
  it.each([
    [undefined],
    [null],
    ["a".repeat(100)],
    [{ a: [1, 2, { b: undefined }] }],
    [[[[], [], []], []]],
    [Array.from({ length: 10 }, () => 1)],
    [JSON.parse('{"__proto__":{"a":[]}}')],
  ])("accepts %o", (input) => {
    expect(checkBounds(input, bounds)).toBeUndefined();
  });

  const loop: { self?: unknown } = {};
  loop.self = loop;
  it.each([
    ["one more value", Array.from({ length: 11 }, () => 1), /too many values: at most 10/],
    [
      "values in several lists",
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2],
      ],
      /too many values/,
    ],
    ["one more level", [[[[]]]], /nested too deeply: at most 3 levels/],
    ["one more character", { a: "a".repeat(100) }, /too long: at most 100 characters/],
    ["one more character in its keys", { ["a".repeat(101)]: 1 }, /too long/],
    ["an object that contains itself", loop, /nested too deeply/],
    ["a sparse list", Array.from({ length: 3_000_000 }), /too many values/],
    ["a date", { at: new Date() }, /not JSON/],
    ["a map", new Map(), /not JSON/],
    ["a form", new FormData(), /not JSON/],
    ["bytes", new Uint8Array(4), /not JSON/],
    ["a stream", new ReadableStream(), /not JSON/],
    ["a number out of range", [Infinity], /not JSON/],
    ["no number", [NaN], /not JSON/],
    ["a bigint", [1n], /not JSON/],
    ["a function", [() => 1], /not JSON/],
    ["a symbol", [Symbol("a")], /not JSON/],
  ])("refuses %s", (_name, input, message) => {
    expect(() => checkBounds(input, bounds)).toThrow(refused(message));
  });

  it.each(hostileValues)("refuses or accepts $name without its own failure", ({ json }) => {
    const input: unknown = JSON.parse(json(1_000_000));
    for (const value of [input, { a: input }, [input]]) {
      try {
        checkBounds(value, bounds);
      } catch (error) {
        expect(error).toMatchObject({ code: "BAD_REQUEST" });
      }
    }
  });

  it("looks at no more elements than the bound allows", () => {
    let reads = 0;
    const list = new Proxy(Array.from({ length: 3_000_000 }), {
      get: (target, key, receiver): unknown => {
        reads++;
        return Reflect.get(target, key, receiver);
      },
    });
    expect(() => checkBounds({ list }, bounds)).toThrow(refused(/too many values/));
    expect(reads).toBeLessThan(5);
    const nested = Array.from({ length: 8 }, () => list);
    expect(() => checkBounds(nested, bounds)).toThrow(refused(/too many values/));
    expect(reads).toBeLessThan(10);
  });
});

describe("boundedInput", () => {
  const next = vi.fn<() => Promise<string>>(() => Promise.resolve("next"));
  const call = (getRawInput: () => Promise<unknown>) => boundedInput(bounds)({ getRawInput, next });

  it("passes an input on", async () => {
    expect(await call(() => Promise.resolve({ a: 1 }))).toBe("next");
  });

  it("does not pass on one that is too large", async () => {
    next.mockClear();
    await expect(call(() => Promise.resolve([[[[]]]]))).rejects.toEqual(refused(/deeply/));
    expect(next).not.toHaveBeenCalled();
  });

  it("tells nothing of a parser that fails", async () => {
    for (const cause of [
      new SyntaxError("Unexpected token 's', \"secret\" is not valid JSON"),
      new RangeError("Maximum call stack size exceeded"),
    ]) {
      // As tRPC does it.
      const error = new TRPCError({ code: "BAD_REQUEST", message: cause.message, cause });
      for (const thrown of [error, cause]) {
        await expect(call(() => Promise.reject(thrown))).rejects.toEqual(
          refused(/^The input cannot be read\. Send it as JSON/),
        );
      }
    }
  });

  it("passes on that the body is too large", async () => {
    const error = new TRPCError({ code: "PAYLOAD_TOO_LARGE" });
    await expect(call(() => Promise.reject(error))).rejects.toBe(error);
  });
});

it("the bounds of a procedure accept whatever its schema accepts", () => {
  const { bounds: all, create, send } = chatInputs(defaultLimits, true);
  const values = Array.from({ length: (defaultLimits.maxMetadataChars - 10) / 2 }, () => 1);
  const metadata = { a: values };
  const largest = {
    title: `${" ".repeat(100)}${"a".repeat(200)}${" ".repeat(100)}`,
    instructions: "a".repeat(defaultLimits.maxInstructionsChars),
    metadata,
  };
  expect(create.safeParse(largest).success).toBe(true);
  expect(checkBounds(largest, all.metadata)).toBeUndefined();
  const url = `data:text/plain,${"a".repeat(580_000)}`;
  const attachments = Array.from({ length: 10 }, () => ({
    name: "a".repeat(300),
    mediaType: "a".repeat(200),
    url,
  }));
  const message = { chatId: "a", content: "a".repeat(100_000), attachments };
  expect(send.safeParse(message).success).toBe(true);
  expect(checkBounds(message, all.send)).toBeUndefined();
});
