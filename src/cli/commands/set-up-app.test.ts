import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { createT3App } from "../../../test/support/apps/create-t3-app.ts";
import { tanStackAppFiles } from "../../../test/support/apps/tanstack-app-files.ts";
import type { CliProject } from "../../../test/support/project/create-cli-project.ts";
import { createCliProject } from "../../../test/support/project/create-cli-project.ts";

type Files = Readonly<Record<string, string>>;

let root: string;
const apps = new Map<"none" | "nextAuth" | "betterAuth", Files>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "t3-"));
  for (const auth of ["none", "nextAuth", "betterAuth"] as const) {
    const folder = join(root, auth.toLowerCase());
    mkdirSync(folder);
    await createT3App(folder, ...(auth === "none" ? [] : [auth]));
    apps.set(auth, readFiles(folder));
  }
}, 30_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

function readFiles(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

const prisma = (version: string): Files => ({
  "node_modules/prisma/package.json": JSON.stringify({ version }),
  "node_modules/@prisma/client/package.json": JSON.stringify({ version }),
});

function createT3Project(auth: "none" | "nextAuth" | "betterAuth", version = "6.19.3"): CliProject {
  return createCliProject({ ...apps.get(auth), ...prisma(version) });
}

const snapshotOf = (project: CliProject): Files =>
  Object.fromEntries(project.list().map((path) => [path, project.read(path)]));

function changedFiles(before: Files, after: Files): readonly string[] {
  return Object.keys(after).filter((path) => before[path] !== after[path]);
}

const wholeSetUp = [
  ".gitignore",
  "prisma.config.ts",
  "prisma/schema.prisma",
  "src/app/chat/page.tsx",
  "src/server/api/root.ts",
  "src/server/api/routers/chat.ts",
  "src/server/db.ts",
  "src/trpc/react.tsx",
];

it.each(["none", "nextAuth", "betterAuth"] as const)(
  "sets up create-t3-app (%s) after it has shown each change, and changes nothing the second time",
  async (auth) => {
    const project = createT3Project(auth);
    const before = snapshotOf(project);
    const shown = await project.run("init");
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(snapshotOf(project)).toEqual(before);

    const written = await project.run("init", "--write");
    expect(written).toMatchObject({ code: 0, err: "" });
    const after = snapshotOf(project);
    expect(changedFiles(before, after)).toEqual(wholeSetUp);
    // Every line that was written had been shown.
    for (const path of wholeSetUp) {
      const old = new Set((before[path] ?? "").split("\n"));
      const added = (after[path] ?? "").split("\n").filter((line) => !old.has(line));
      for (const line of added) expect(shown.out).toContain(line.trimEnd());
      expect(shown.out).toContain(path);
    }

    expect((await project.run("init", "--write")).out).toContain("Nothing to set up");
    expect(snapshotOf(project)).toEqual(after);
  },
);

it("gives signed-in users their own chats, and says so where there is no sign-in", async () => {
  for (const auth of ["nextAuth", "betterAuth"] as const) {
    const project = createT3Project(auth);
    await project.run("init", "--write");
    const router = project.read("src/server/api/routers/chat.ts");
    expect(router).toContain("procedure: protectedProcedure,");
    expect(router).toContain("scope: ({ ctx }) => ({ userId: ctx.session.user.id }),");
  }
  const open = createT3Project("none");
  await open.run("init", "--write");
  expect(open.read("src/server/api/routers/chat.ts")).toContain('scope: "everyone",');
});

describe("with Prisma 6", () => {
  it("lets the client do without an engine, and leaves the URL in the schema", async () => {
    const project = createT3Project("none");
    await project.run("init", "--write");
    const schema = project.read("prisma/schema.prisma");
    expect(schema).toContain('    engineType = "client"\n}');
    expect(schema).toContain('url      = env("DATABASE_URL")');
    expect(project.read("prisma.config.ts")).not.toContain("datasource");
    expect(project.read("src/server/db.ts")).toContain(
      'import { PrismaBetterSQLite3 } from "@prisma/adapter-better-sqlite3";',
    );
  });

  // Prisma's commands resolve the path from prisma/, and the adapter from the project.
  it.each([
    ["file:./db.sqlite", "prisma/db.sqlite"],
    ["file:db.sqlite", "prisma/db.sqlite"],
    ["file:../data/db.sqlite", "data/db.sqlite"],
    ["file:/var/db.sqlite", "/var/db.sqlite"],
    ["file:C:/db.sqlite", "C:/db.sqlite"],
  ])("makes %s mean the file that Prisma's commands mean", async (url, file) => {
    const project = createT3Project("none");
    await project.run("init", "--write");
    const code = /const databaseUrl = env\.DATABASE_URL(\.replace\([^]*?\n\));/.exec(
      project.read("src/server/db.ts"),
    )?.[1];
    const [, pattern = "", replacement = ""] = /\/(.*)\/,\s+"(.*)"/.exec(code ?? "") ?? [];
    const result = url.replace(new RegExp(pattern), replacement).slice("file:".length);
    expect(join(result)).toBe(join(file));
  });
});

it("moves the URL to the config for Prisma 7, which refuses it in the schema", async () => {
  const project = createT3Project("none", "7.10.1");
  await project.run("init", "--write");
  expect(project.read("prisma/schema.prisma")).toContain('    provider = "sqlite"\n}');
  expect(project.read("prisma.config.ts")).toContain("datasource: { url: process.env.DATABASE_URL");
  const db = project.read("src/server/db.ts");
  expect(db).toContain("adapter: new PrismaBetterSqlite3({ url: env.DATABASE_URL }),");
});

it("connects to PostgreSQL with its own adapter", async () => {
  const files = { ...apps.get("none"), ...prisma("6.19.3") };
  const schema = files["prisma/schema.prisma"]?.replace('"sqlite"', '"postgresql"') ?? "";
  const project = createCliProject({ ...files, "prisma/schema.prisma": schema });
  const { out } = await project.run("init", "--write");
  const db = project.read("src/server/db.ts");
  expect(db).toContain("adapter: new PrismaPg({ connectionString: env.DATABASE_URL }),");
  expect(db).not.toContain("databaseUrl");
  expect(project.read(".gitignore")).toBe(files[".gitignore"]);
  expect(out).toContain("npm install @node-llm/core @prisma/adapter-pg@6");
});

it("creates the database's module for an app without Prisma", async () => {
  const project = createCliProject(tanStackAppFiles);
  const { code, out } = await project.run("init", "--write");
  expect(code).toBe(0);
  expect(project.read("server/db.ts")).toContain("from '../generated/prisma/client';");
  expect(project.read("trpc/routers/_app.ts")).toContain("chat: chatRouter,");
  expect(project.read("trpc/client.tsx")).toContain("{ TRPCProvider, useTRPC, useTRPCClient }");
  expect(project.read("app/chat/page.tsx")).toContain(
    "createChatHooks(() => useTRPCClient().chat);",
  );
  expect(project.read(".gitignore")).toContain("/generated/prisma/\n");
  expect(out).toContain("npm install @node-llm/core @prisma/client@7");
  const after = snapshotOf(project);
  await project.run("init", "--write");
  expect(snapshotOf(project)).toEqual(after);
});

it("writes the same into an app whose code is in `src`", async () => {
  const inSrc = (path: string): string => path.replace(/^(?=(app|server|trpc)\/)/, "src/");
  const files = Object.entries(tanStackAppFiles).map(([path, text]) => [
    inSrc(path),
    text.replace('"@/*": ["./*"]', '"@/*": ["./src/*"]'),
  ]);
  const nested = createCliProject(Object.fromEntries(files));
  const flat = createCliProject(tanStackAppFiles);
  for (const project of [nested, flat]) await project.run("init", "--write");
  expect(nested.list()).toEqual(flat.list().map(inSrc).toSorted());
  for (const path of changedFiles(tanStackAppFiles, snapshotOf(flat))) {
    const expected = flat.read(path).replace("'../generated", "'../../generated");
    expect(nested.read(inSrc(path)), path).toBe(expected);
  }
  const after = snapshotOf(nested);
  await nested.run("init", "--write");
  expect(snapshotOf(nested)).toEqual(after);
});

it.each([
  ["6.16.0", "(process.env.DATABASE_URL ?? 'file:./dev.db').replace("],
  ["7.10.1", "process.env.DATABASE_URL ?? 'file:./dev.db';"],
])("names a file for an app on Prisma %s that has no URL yet", async (version, url) => {
  const project = createCliProject({ ...tanStackAppFiles, ...prisma(version) });
  await project.run("init", "--write");
  expect(project.read("server/db.ts")).toContain(`const databaseUrl = ${url}`);
});

describe("the app's formatting", () => {
  const styles = [
    { useTabs: true },
    { singleQuote: true, semi: false },
    { tabWidth: 4, endOfLine: "crlf" },
  ];
  const layouts = { t3: () => apps.get("nextAuth") ?? {}, tanstack: () => tanStackAppFiles };

  it.each(
    styles.flatMap((style) => Object.keys(layouts).map((layout) => [layout, style] as const)),
  )("is kept in %s with %j", async (layout, style) => {
    const files = layout === "t3" ? layouts.t3() : layouts.tanstack();
    const project = createCliProject({ ...files, ...prisma("7.10.1") });
    project.write(".oxfmtrc.json", JSON.stringify({ printWidth: 80, ...style }));
    const before = snapshotOf(project);
    format(project, []);
    await project.run("init", "--write");
    const changed = changedFiles(before, snapshotOf(project)).filter((path) =>
      /\.tsx?$/.test(path),
    );
    expect(changed.length).toBeGreaterThan(4);
    const written = snapshotOf(project);
    format(project, changed);
    // Where a new file's lines are broken depends on their indentation, which the formatter of the app decides.
    const isWide = "useTabs" in style || "tabWidth" in style;
    const exact = changed.filter((path) => !isWide || before[path] !== undefined);
    for (const path of exact) expect(project.read(path), path).toBe(written[path]);
  });

  function format({ folder }: CliProject, paths: readonly string[]): void {
    const cli = join(projectRoot, "node_modules/oxfmt/bin/oxfmt");
    const args = paths.length === 0 ? ["**/*.ts", "**/*.tsx"] : paths;
    execFileSync(process.execPath, [cli, "-c", ".oxfmtrc.json", ...args], { cwd: folder });
  }
});

it("lets doctor list what is missing in the order in which it breaks", async () => {
  const project = createT3Project("nextAuth", "6.1.0");
  project.write("node_modules/zod/package.json", JSON.stringify({ version: "3.22.0" }));
  project.write("node_modules/@trpc/server/package.json", JSON.stringify({ version: "11.19.0" }));
  project.write("node_modules/@trpc/client/package.json", JSON.stringify({ version: "11.25.2" }));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  const problems = [...out.matchAll(/^✗ ([^:]+): ([^\n]*)/gm)].map(([, name]) => name);
  expect(problems.join(", ")).toBe(
    "Versions, Versions, Versions, Packages, Packages, Schema, Schema, Config, Client, " +
      "Adapter, Router, Router type, Link, Ignored files, Page, Provider key",
  );
  expect(out).toContain("zod is 3.22.0, and ^3.25.20 || ^4.0.0 is needed");
  expect(out).toContain("npm install @trpc/server@11.25.2 @trpc/client@11.25.2");
  expect(out).toContain("+        splitLink({");

  await project.run("init", "--write");
  const after = await project.run("doctor");
  const left = [...after.out.matchAll(/^✗ ([^:]+):/gm)].map(([, name]) => name);
  expect([...new Set(left)]).toEqual(["Versions", "Packages", "Client", "Provider key"]);
});

describe("where a place cannot be found", () => {
  const change = (path: string, from: string, to: string): CliProject => {
    const files = { ...apps.get("nextAuth"), ...prisma("6.19.3") };
    const text = files[path] ?? "";
    expect(text).toContain(from);
    return createCliProject({ ...files, [path]: text.replaceAll(from, to) });
  };

  it.each([
    [
      "src/server/api/root.ts",
      "export type AppRouter = typeof appRouter;",
      "",
      "No file has a router",
    ],
    ["src/server/api/root.ts", "post: postRouter", "chat: postRouter", 'a router named "chat"'],
    ["src/server/api/trpc.ts", "Procedure", "Builder", "No file exports a procedure"],
    ["src/server/api/trpc.ts", "session", "visitor", "where the context of protectedProcedure"],
    ["src/server/db.ts", "export const db", "const db", "which file exports the Prisma client"],
    ["src/trpc/react.tsx", "httpBatchStreamLink", "ownLink", "have none for subscriptions"],
    ["src/trpc/react.tsx", "export const api", "const api", "No file exports a client"],
  ])("says what to do by hand: %s without %j", async (path, from, to, message) => {
    const project = change(path, from, to);
    const { code, err } = await project.run("init", "--write");
    expect(code).toBe(1);
    expect(err).toContain(message);
    // The rest is done, and a second run says the same.
    expect(project.read("prisma/schema.prisma")).toContain("model LlmChat {");
    const after = snapshotOf(project);
    expect((await project.run("init", "--write")).err).toBe(err);
    expect(snapshotOf(project)).toEqual(after);
  });

  it("leaves a file alone that is in the way", async () => {
    const path = "src/server/api/routers/chat.ts";
    const project = createCliProject({ ...apps.get("none"), [path]: "export const mine = 1;\n" });
    const { err } = await project.run("init", "--write");
    expect(err).toContain(`${path} is your own.`);
    expect(project.read(path)).toBe("export const mine = 1;\n");
  });
});

it("finds what is set up already under other names and in other places", async () => {
  const project = createT3Project("nextAuth");
  await project.run("init", "--write");
  const router = project.read("src/server/api/root.ts");
  project.write(
    "src/server/api/root.ts",
    router.replace("chat: chatRouter", "assistant: chatRouter"),
  );
  const page = project.read("src/app/chat/page.tsx");
  rmSync(join(project.folder, "src/app/chat"), { recursive: true });
  project.write("src/app/talk/page.tsx", page);
  const before = snapshotOf(project);
  const { code, out } = await project.run("init", "--write");
  expect(code).toBe(0);
  expect(out).toContain("Nothing to set up");
  expect(snapshotOf(project)).toEqual(before);
});
