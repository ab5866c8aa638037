import { describe, expect, it } from "vitest";

import { createCliProject, schemaWith } from "../../../test/support/project/create-cli-project.ts";
import {
  extendedModels,
  mapModels,
  renameModels,
  specificationModels,
} from "../../../test/support/databases/specification-models.ts";
import { parseSchema } from "../schema/parse-schema.ts";

const path = "prisma/schema.prisma";
const specification = schemaWith(specificationModels);

/** Expects `after` to contain every line of `before` in the same order. */
function expectKept(before: string, after: string): void {
  const lines = after.split("\n");
  let from = 0;
  for (const line of before.split("\n")) {
    const at = lines.indexOf(line, from);
    expect(at, line).not.toBe(-1);
    from = at + 1;
  }
}

/** Lists each model's fields and indexes, regardless of order and spacing. */
function contentOf(schema: string): unknown {
  return parseSchema(schema)
    .filter(({ kind }) => kind === "model")
    .map(({ name, fields, attributes }) => ({
      name,
      lines: [...fields, ...attributes].map(({ code }) => code.replace(/\s+/g, " ")).toSorted(),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

describe("on the specification's models", () => {
  it("makes them equal to the package's models", async () => {
    const project = createCliProject({ [path]: specification });
    expect(await project.run("sync", "--write")).toMatchObject({ code: 0, err: "" });
    expect(contentOf(project.read(path))).toEqual(contentOf(extendedModels));
    expectKept(specification, project.read(path));
  });

  it("shows what is missing and writes nothing without --write", async () => {
    const project = createCliProject({ [path]: specification });
    const { code, out } = await project.run("sync");
    expect(code).toBe(0);
    expect(out).toMatch(/^\+ {3}turnLock String\? @unique/m);
    expect(out).toContain("+ model LlmMessageChunk {");
    expect(out).toMatch(/is missing 6 models, \d+ fields and \d+ indexes\. Nothing was written\./);
    expect(out).toContain("npx node-llm-trpc sync --write");
    expect(out).toContain("npx prisma migrate dev --name node_llm_trpc");
    expect((await project.run("sync", "--write", "--dry-run")).out).toBe(out);
    expect(project.read(path)).toBe(specification);
  });

  it("changes nothing the second time, and says so", async () => {
    const project = createCliProject({ [path]: specification });
    await project.run("sync", "--write");
    const once = project.read(path);
    const { code, out } = await project.run("sync", "--write");
    expect(code).toBe(0);
    expect(out).toBe(
      "Nothing to add: prisma/schema.prisma has everything that node-llm-trpc needs.",
    );
    expect(project.read(path)).toBe(once);
  });

  it("accepts columns and tables with other names in the database", async () => {
    const project = createCliProject({ [path]: schemaWith(mapModels(extendedModels)) });
    expect((await project.run("sync")).out).toContain("Nothing to add");
  });
});

describe("names", () => {
  const renamed = schemaWith(renameModels(specificationModels));
  const names = (
    "--chat AssistantChat --message AssistantMessage " +
    "--tool-call AssistantToolCall --request AssistantRequest"
  ).split(" ");

  /** What is added to them keeps its own names. */
  const completed = renameModels(extendedModels).replaceAll(
    /\bAssistant(?=Usage|Account|Attachment|StoredFile)/g,
    "Llm",
  );

  it("adds fields to renamed models", async () => {
    const project = createCliProject({ [path]: renamed });
    expect(await project.run("sync", "--write", ...names)).toMatchObject({ code: 0, err: "" });
    expect(contentOf(project.read(path))).toEqual(contentOf(completed));
    expect((await project.run("sync", ...names)).out).toContain("Nothing to add");
  });

  it("repeats the names in the command that it recommends", async () => {
    const project = createCliProject({ [path]: renamed });
    const { out } = await project.run("sync", ...names);
    expect(out).toContain(`npx node-llm-trpc sync --write ${names.join(" ")}\n`);
  });

  it("accepts a model's name as the client spells it", async () => {
    const project = createCliProject({ [path]: renamed });
    const spelled = names.map((name) => name.replace("Assistant", "assistant"));
    await project.run("sync", "--write", ...spelled);
    expect(contentOf(project.read(path))).toEqual(contentOf(completed));
  });

  it("asks for the names instead of adding a second set of models", async () => {
    const project = createCliProject({ [path]: renamed });
    const { code, err } = await project.run("sync", "--write");
    expect(code).toBe(1);
    expect(err).toContain("AssistantChat looks like LlmChat");
    expect(err).toContain(`npx node-llm-trpc sync ${names.join(" ")}`);
    expect(project.read(path)).toBe(renamed);
  });
});

it("leaves the author's fields, comments, order and spacing alone", async () => {
  const before = schemaWith(`/// The talks of a user.
model LlmChat {
    updatedAt DateTime @updatedAt // moved up
    id String @id @default(cuid()) /* ours */
    userId String // required here
    title   String   @default("")
    user User @relation(fields: [userId], references: [id])

    model String?
    provider String?
    instructions String?
    metadata Json?
    createdAt DateTime @default(now())
    // the lines
    lines LlmMessage[]
    requests LlmRequest[]

    @@map("talks")
    // by day
    @@index([
        userId, // the owner
        updatedAt(sort: Desc),
        id
    ], map: "talks_by_user")
}

${specificationModels.slice(specificationModels.indexOf("model LlmMessage"))}
model User {
  id    String    @id
  chats LlmChat[]
}
`);
  const project = createCliProject({ [path]: before });
  const { code, err } = await project.run("sync", "--write");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const after = project.read(path);
  expectKept(before, after);
  const chat = after.slice(after.indexOf("model LlmChat"), after.indexOf("model LlmMessage"));
  const added = chat.split("\n").filter((line) => !before.split("\n").includes(line));
  expect(added).toEqual([
    "    temperature  Float? // of its answers; the router's when null",
    "    lastPosition Int    @default(0) // rises with each message and each choice of a branch",
    "    @@index([updatedAt, id])",
  ]);
});

it("keeps Windows line endings", async () => {
  const project = createCliProject({ [path]: specification.replaceAll("\n", "\r\n") });
  await project.run("sync", "--write");
  const after = project.read(path);
  expect(after.replaceAll("\r\n", "")).not.toContain("\n");
  expect(contentOf(after)).toEqual(contentOf(extendedModels));
});

it("adds a missing unique index to an existing column on a line of its own", async () => {
  const project = createCliProject({
    [path]: schemaWith(extendedModels.replace(/(turnLock +String\?) +@unique/, "$1")),
  });
  const { out } = await project.run("sync", "--write");
  expect(out).toContain("+   @@unique([turnLock])");
  expect((await project.run("sync")).out).toContain("Nothing to add");
});

it("lists what only the author can change", async () => {
  const models = extendedModels
    .replace(/content( +)String\?/, "content$1Json?")
    .replace("modelId           String?", "modelId           String");
  const project = createCliProject({ [path]: schemaWith(models) });
  const { code, err } = await project.run("sync", "--write");
  expect(code).toBe(1);
  expect(err).toContain("LlmMessage.content is Json. Change it to String.");
  expect(err).toContain("LlmMessage.modelId is required. Make it optional: String?");
  expect(project.read(path)).toBe(schemaWith(models));
});

it.each(["Int", "BigInt", "String @db.Uuid"])("takes owners of the type %s", async (owner) => {
  const models = extendedModels
    .replace(/(userId +)String\?/, `$1${owner.replace(/^\w+/, "$&?")}`)
    .replaceAll(/^model Llm(?:Message|Request) \{.*?^\}/gms, (model) =>
      model.replace(/(cost +)Float\?/, "$1Decimal?").replace(/(inputTokens +)Int/, "$1BigInt"),
    );
  const project = createCliProject({ [path]: schemaWith(models, "postgresql") });
  const { code, out } = await project.run("sync");
  expect([code, out]).toEqual([0, expect.stringContaining("Nothing to add")]);
});

it("lists the text columns that are too short on MySQL", async () => {
  const project = createCliProject({ [path]: schemaWith(specificationModels, "mysql") });
  const { code, err } = await project.run("sync", "--write");
  expect(code).toBe(1);
  expect(err).toContain("LlmMessage.content holds at most 191 characters. Add @db.LongText");
  expect(project.read(path)).toMatch(/parts +String\? +@db\.LongText/);
  expect(project.read(path)).toMatch(/text +String +@db\.LongText( \/\/ .*)?$/m);
});

it("puts new models next to the others, with the same @@schema", async () => {
  const models = specificationModels.replaceAll(/^\}/gm, '\n  @@schema("chat")\n}');
  const project = createCliProject({
    "package.json": JSON.stringify({ prisma: { schema: "./db" } }),
    "db/main.prisma": schemaWith("", "postgresql"),
    "db/models/chat.prisma": models,
    "db/models/user.prisma": "model User {\n  id Int @id\n}\n",
  });
  expect(await project.run("sync", "--write")).toMatchObject({ code: 0 });
  const text = project.read("db/models/chat.prisma");
  expect(text.slice(text.indexOf("model LlmMessageChunk"))).toContain('@@schema("chat")');
  expect(project.read("db/models/user.prisma")).toBe("model User {\n  id Int @id\n}\n");
  expect(project.read("db/main.prisma")).toBe(schemaWith("", "postgresql"));
});

it("accepts relations with the project's own names", async () => {
  const models = extendedModels
    .replace(/\bchunks( +LlmMessageChunk\[\])/, "pieces$1")
    .replace("message LlmMessage @relation", "owner LlmMessage @relation");
  expect(models).toMatch(/pieces .*owner /s);
  const project = createCliProject({ [path]: schemaWith(models) });
  expect((await project.run("sync")).out).toContain("Nothing to add");
});

it("explains a missing schema and a database that is not supported", async () => {
  const empty = await createCliProject().run("sync");
  expect(empty).toMatchObject({ code: 1 });
  expect(empty.err).toContain("Run: npx node-llm-trpc init");
  const mongo = createCliProject({ [path]: schemaWith(specificationModels, "mongodb") });
  expect((await mongo.run("sync")).err).toContain('uses "mongodb", which is not supported');
});
