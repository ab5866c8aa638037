interface BadScope {
  readonly name: string;
  readonly result: () => unknown;
  /** What the error says. */
  readonly problem: RegExp;
}

class Session {
  readonly userId = "secret";
}

/** What a `scope` may return by mistake, or because it passes on a header, a claim or a whole session. */
export const badScopes: readonly BadScope[] = [
  { name: "undefined", result: () => undefined, problem: /returns undefined/ },
  { name: "null", result: () => null, problem: /returns null/ },
  { name: "false", result: () => false, problem: /returns a boolean/ },
  { name: "a number", result: () => 0, problem: /returns 0/ },
  { name: "a text", result: () => "secret", problem: /returns a string/ },
  { name: "a symbol", result: () => Symbol("secret"), problem: /returns a symbol/ },
  { name: "a function", result: () => () => ({ userId: "secret" }), problem: /a function/ },
  { name: "an empty object", result: () => ({}), problem: /returns no columns/ },
  { name: "an empty list", result: () => [], problem: /returns an array/ },
  { name: "a list", result: () => ["secret"], problem: /returns an array/ },
  { name: "a map", result: () => new Map([["userId", "secret"]]), problem: /instance of a class/ },
  { name: "a date", result: () => new Date(), problem: /instance of a class/ },
  { name: "a session", result: () => new Session(), problem: /instance of a class/ },
  {
    name: "a promise of a scope",
    result: () => Promise.resolve({ userId: "secret" }),
    problem: /returns a promise.*middleware/,
  },
  {
    name: "a promise of nothing",
    result: () => Promise.resolve(undefined),
    problem: /returns a promise/,
  },
  {
    name: "a thenable",
    // oxlint-disable-next-line unicorn/no-thenable -- this is what the test is about
    result: () => ({ then: () => undefined }),
    problem: /returns a promise/,
  },
  {
    name: "an inherited column",
    result: () => Object.create({ userId: "secret" }) as unknown,
    problem: /instance of a class|no columns/,
  },
  {
    name: "a symbol for a column",
    result: () => ({ userId: "secret", [Symbol("tenant")]: 1 }),
    problem: /"Symbol\(tenant\)", which is not a column/,
  },
  { name: "an unknown column", result: () => ({ nobody: "secret" }), problem: /"nobody", which/ },
  { name: "a logical operator", result: () => ({ OR: [] }), problem: /"OR", which/ },
  { name: "a denial", result: () => ({ NOT: { userId: "secret" } }), problem: /"NOT", which/ },
  { name: "the id", result: () => ({ id: "secret" }), problem: /"id", which callers may change/ },
  { name: "a title", result: () => ({ title: "secret" }), problem: /"title", which callers/ },
  ...[undefined, null, NaN, Infinity, -Infinity].map((value) => ({
    name: `a column that is ${String(value)}`,
    result: () => ({ userId: value }),
    problem: new RegExp(`returns ${String(value)} for "userId"`),
  })),
  ...[{ not: "" }, { in: [] }, { startsWith: "secret" }, { equals: "secret" }, {}].map(
    (operator) => ({
      name: `the operator ${JSON.stringify(operator)}`,
      result: () => ({ userId: operator }),
      problem: /returns an object for "userId"/,
    }),
  ),
  {
    name: "a list in a column",
    result: () => ({ userId: ["secret"] }),
    problem: /returns an array for "userId"/,
  },
  {
    name: "a date in a column",
    result: () => ({ userId: new Date(0) }),
    problem: /returns an instance of a class for "userId"/,
  },
  {
    name: "a promise in a column",
    result: () => ({ userId: Promise.resolve("secret") }),
    problem: /returns an instance of a class for "userId"/,
  },
  {
    name: "a symbol in a column",
    result: () => ({ userId: Symbol("secret") }),
    problem: /returns a symbol for "userId"/,
  },
  {
    name: "a function in a column",
    result: () => ({ userId: () => "secret" }),
    problem: /returns a function for "userId"/,
  },
  {
    name: "one column without a value beside a good one",
    result: () => ({ userId: "secret", tenant: undefined }),
    problem: /"tenant"/,
  },
  {
    name: "a getter",
    result: () => ({
      get userId() {
        return "secret";
      },
    }),
    problem: /returns undefined for "userId"/,
  },
];
