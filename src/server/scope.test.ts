import { describe, expect, it, vi } from "vitest";

import { badScopes } from "../../test/support/fakes/bad-scopes.ts";
import { checkScopeOption, isInScope, parseScope } from "./scope.ts";

const isColumn = (name: string) => ["id", "userId", "tenant", "title"].includes(name);

describe("parseScope", () => {
  it.each([
    [{ userId: "u1" }],
    [{ userId: "u1", tenant: 5 }],
    [{ tenant: 5n }],
    [{ tenant: false }],
    [Object.assign(Object.create(null), { userId: "u1" })],
  ])("accepts %o", (result) => {
    expect(parseScope(result, isColumn)).toEqual({ ...result });
  });

  it.each(badScopes)("refuses $name, and says so without the value", ({ result, problem }) => {
    const parse = () => parseScope(result(), isColumn);
    expect(parse).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringMatching(problem) }),
    );
    expect(parse).not.toThrow("secret");
  });

  it("handles the rejection of a promise that it refuses", async () => {
    const onUnhandled = vi.fn<() => void>();
    process.on("unhandledRejection", onUnhandled);
    expect(() => parseScope(Promise.reject(new Error("no session")), isColumn)).toThrow(
      "a promise",
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onUnhandled);
    expect(onUnhandled).not.toHaveBeenCalled();
  });
});

describe("checkScopeOption", () => {
  it("accepts a function and everyone in words", () => {
    expect(checkScopeOption(() => ({ userId: "u1" }))).toBeUndefined();
    expect(checkScopeOption("everyone")).toBeUndefined();
  });

  it.each([undefined, null, {}, { userId: "u1" }, "nobody", "", true, []])(
    "refuses %o, and says what to write",
    (scope) => {
      expect(() => checkScopeOption(scope)).toThrow(
        expect.objectContaining({
          code: "CONFIGURATION",
          message: expect.stringMatching(/`scope` is .*"everyone"/),
        }),
      );
    },
  );
});

describe("isInScope", () => {
  it("compares as the database does, whose null equals nothing", () => {
    expect(isInScope({ userId: "u1", tenant: 5n }, { userId: "u1", tenant: 5 })).toBe(true);
    expect(isInScope({ userId: "u1", tenant: 6n }, { userId: "u1", tenant: 5 })).toBe(false);
    expect(isInScope({ userId: null }, { userId: "null" })).toBe(false);
    expect(isInScope({}, { userId: "undefined" })).toBe(false);
  });
});
