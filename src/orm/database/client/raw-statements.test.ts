import { expect, it } from "vitest";

import type { PrismaInternals } from "./prisma-client-like.ts";
import { RawStatements } from "./raw-statements.ts";
import { modelNames } from "./table-names.ts";

/** A client of Prisma 7 whose message model has these lines. */
function open(lines: readonly string[], changes: Partial<PrismaInternals> = {}): RawStatements {
  const fields = lines.map((line) => {
    const [name = "", type = ""] = line.trim().split(/\s+/);
    const plain = type.replace(/\?|\[\]/, "");
    const kind = plain === "Role" ? "enum" : plain === "LlmChat" ? "object" : "scalar";
    return { name, type: plain, kind };
  });
  const schema = `enum Role {\n  user\n}\n\nmodel Other {\n  at DateTime @updatedAt\n}\n\nmodel LlmMessage {\n${lines.join("\n")}\n\n  @@index([chatId])\n}\n`;
  const client = {
    $transaction: () => Promise.reject(new Error("unused")),
    _runtimeDataModel: { models: { LlmMessage: { fields } } },
    _activeProvider: "postgresql",
    _clientVersion: "7.10.1",
    _createPrismaPromise: () => undefined,
    _engineConfig: { inlineSchema: schema, compilerWasm: {}, adapter: {} },
    ...changes,
  };
  // Only what is read here.
  return new RawStatements(client as unknown as PrismaInternals, modelNames({}));
}

const plain = ["  id String @id @default(uuid())", "  chatId String", "  note String?"];
const withLine = (line: string): RawStatements => open([...plain, line]);

it("allows what Prisma passes on as it is", () => {
  const raw = open(plain);
  for (const operation of ["read", "insert", "update"] as const)
    expect(raw.allow(operation, "message", ["id", "chatId"])).toBe(true);
});

it("does not insert rows in which Prisma would fill a column", () => {
  for (const line of [
    "  ref String @default(cuid())",
    '  kind String @default("a // b")',
    "  at DateTime @updatedAt // when it was changed",
    "  n Int @default(1)",
  ]) {
    const raw = withLine(line);
    expect(raw.allow("insert", "message", ["id", "chatId"]), line).toBe(false);
    const name = line.trim().split(" ")[0] ?? "";
    expect(raw.allow("insert", "message", ["id", "chatId", name]), line).toBe(true);
  }
  // It is not told apart from a comment.
  const raw = withLine("  ref String? // @default(cuid())");
  expect(raw.allow("insert", "message", ["id", "chatId"])).toBe(false);
  expect(open(plain).allow("insert", "message", ["chatId"])).toBe(false);
});

it("leaves it to Prisma to refuse rows that lack something", () => {
  for (const line of ["  ref String", "  own Role", "  own Bytes"])
    expect(withLine(line).allow("insert", "message", ["id", "chatId"]), line).toBe(false);
  for (const line of ["  ref String?", "  own Role?", "  tags String[]", "  chat LlmChat"])
    expect(withLine(line).allow("insert", "message", ["id", "chatId"]), line).toBe(true);
});

it("does not write columns whose form depends on the driver adapter", () => {
  for (const type of ["Timestamptz(3)", "Timestamptz", "Time(6)", "Date"]) {
    const raw = withLine(`  at DateTime @db.${type}`);
    expect(raw.allow("insert", "message", ["id", "chatId", "at"]), type).toBe(false);
    expect(raw.allow("update", "message", ["at"]), type).toBe(false);
    expect(raw.allow("read", "message", ["at"]), type).toBe(true);
  }
  const raw = withLine("  at DateTime @db.Timestamp(3)");
  expect(raw.allow("insert", "message", ["id", "chatId", "at"])).toBe(true);
});

it("does not update rows in which Prisma would set a time", () => {
  const raw = withLine("  at DateTime @updatedAt");
  expect(raw.allow("update", "message", ["note"])).toBe(false);
  expect(raw.allow("update", "message", ["note", "at"])).toBe(true);
  expect(withLine("  ref String @default(cuid())").allow("update", "message", ["note"])).toBe(true);
});

it("does not touch columns that Prisma stores in another form, or does not know", () => {
  for (const line of ["  own Role", "  own Bytes?", "  own LlmChat"]) {
    const raw = withLine(line);
    for (const operation of ["read", "insert", "update"] as const)
      expect(raw.allow(operation, "message", ["id", "own"]), line).toBe(false);
  }
  const lists = withLine("  own String[]");
  expect(lists.allow("insert", "message", ["id", "chatId", "own"])).toBe(false);
  const json = withLine("  own Json?");
  expect(json.allow("read", "message", ["own"])).toBe(true);
  expect(json.allow("insert", "message", ["id", "own"])).toBe(false);
  expect(open(plain).allow("read", "message", ["missing"])).toBe(false);
});

it("allows nothing where somebody else sees the calls, or the schema is not known", () => {
  const seen = { _extensions: { head: { extension: { query: {} } } } };
  const engine = { inlineSchema: "", compilerWasm: {}, adapter: {} };
  const others: readonly (readonly [string, Partial<PrismaInternals>])[] = [
    ["an extension", seen],
    ["MySQL", { _activeProvider: "mysql" }],
    ["Prisma 6", { _clientVersion: "6.19.0" }],
    ["Accelerate", { _engineConfig: { inlineSchema: "" } }],
  ];
  for (const [what, changes] of others)
    for (const operation of ["read", "insert", "update"] as const)
      expect(open(plain, changes).allow(operation, "message", ["id"]), what).toBe(false);
  // A block comment may hide the end of a model.
  const cut = { ...engine, inlineSchema: `model LlmMessage {\n${plain[0]}\n}\n` };
  expect(open(plain, { _engineConfig: cut }).allow("insert", "message", ["id"])).toBe(false);
  const unknown = open(plain, { _engineConfig: engine });
  expect(unknown.allow("insert", "message", ["id", "chatId"])).toBe(false);
  expect(unknown.allow("update", "message", ["note"])).toBe(false);
});

it("reads values as Prisma does", () => {
  const raw = open([
    "  text String",
    "  n Int",
    "  big BigInt",
    "  at DateTime",
    "  on Boolean",
    "  own Json",
  ]);
  const value = (column: string, stored: unknown): unknown => raw.value("message", column, stored);
  const at = new Date("2026-11-29T01:02:03.004Z");
  expect(value("text", "a")).toBe("a");
  expect(value("n", 3n)).toBe(3);
  expect(value("big", "4")).toBe(4);
  expect(value("at", at)).toEqual(at);
  expect(value("at", at.toISOString())).toEqual(at);
  expect(value("at", BigInt(at.getTime()))).toEqual(at);
  expect(value("on", 1n)).toBe(true);
  expect(value("on", 0)).toBe(false);
  expect(value("own", '{"a":[1]}')).toEqual({ a: [1] });
  expect(value("own", "null")).toBeNull();
  expect(value("n", null)).toBeNull();
  expect(raw.expression("message", "own", "c.own")).toBe("CAST(c.own AS TEXT)");
  expect(raw.expression("message", "text", "c.text")).toBe("c.text");
});

it("takes the values that Prisma takes for a column", () => {
  const raw = open(["  text String", "  n Int", "  big BigInt?", "  on Boolean", "  cost Decimal"]);
  const values = ["a", "5", 5, 5.5, 5n, true];
  const taken = (column: string): unknown[] =>
    values.filter((value) => raw.fits("message", column, value));
  expect(taken("text")).toEqual(["a", "5"]);
  expect(taken("n")).toEqual([5]);
  expect(taken("big")).toEqual([5, 5n]);
  expect(taken("on")).toEqual([true]);
  expect(taken("cost")).toEqual([]);
  expect(taken("missing")).toEqual([]);
});
