import { symlinkSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { tanStackAppFiles } from "../../../test/support/apps/tanstack-app-files.ts";
import type { CliProject } from "../../../test/support/project/create-cli-project.ts";
import { createCliProject, schemaWith } from "../../../test/support/project/create-cli-project.ts";

type Files = Readonly<Record<string, string>>;

const createApp = (files: Files = {}): CliProject =>
  createCliProject({ ...tanStackAppFiles, ...files });

const snapshotOf = (project: CliProject): Files =>
  Object.fromEntries(project.list().map((path) => [path, project.read(path)]));

/** Sets an app up twice, and returns what is to be done by hand. */
async function manualOf(project: CliProject): Promise<string> {
  const { code, err } = await project.run("init", "--write");
  expect(code).toBe(1);
  const after = snapshotOf(project);
  expect(await project.run("init", "--write")).toMatchObject({ code: 1, err });
  expect(snapshotOf(project)).toEqual(after);
  return err;
}

describe("a database module of the app's own", () => {
  it.each([
    ["server/db.ts", 'export { db } from "@acme/db";\n'],
    [
      "server/db.ts",
      'import { PrismaClient } from "@acme/db";\nexport const db = create(PrismaClient);\n',
    ],
    [
      "server/db.ts",
      'import { drizzle } from "drizzle-orm/libsql";\nexport const db = drizzle();\n',
    ],
    ["server/db.js", "export const db = connect();\n"],
    ["server/db/index.ts", "export const db = drizzle(client, { schema });\n"],
  ])("is neither replaced nor hidden: %s with %j", async (path, text) => {
    const project = createApp({ [path]: text });
    const manual = await manualOf(project);
    expect(manual).toContain(`${path.replace("/index.ts", "")} is your own`);
    expect(manual).toContain(
      'adapter: new PrismaBetterSqlite3({ url: process.env.DATABASE_URL }), from "@prisma/adapter-better-sqlite3"',
    );
    expect(project.read(path)).toBe(text);
    expect(project.list().filter((name) => name.startsWith("server/"))).toEqual([path]);
  });

  it.each([
    ['import { PrismaClient as Client } from "../generated/prisma/client";', "Client"],
    ['import * as prisma from "../generated/prisma/client";', "prisma.PrismaClient"],
  ])("gets the adapter under any name of the class: %s", async (line, name) => {
    const project = createApp({ "server/db.ts": `${line}\n\nexport const db = new ${name}();\n` });
    expect(await project.run("init", "--write")).toMatchObject({ code: 0, err: "" });
    const db = project.read("server/db.ts");
    expect(db).toContain(line);
    expect(db).toContain(`export const db = new ${name}({\n  adapter: new PrismaBetterSqlite3(`);
  });

  it("is not needed by a router that is mounted already", async () => {
    const project = createApp();
    await project.run("init", "--write");
    const router = project.read("trpc/routers/chat.ts");
    project.write("trpc/routers/chat.ts", router.replace(/from '.*db'/, "from '@acme/db'"));
    rmSync(join(project.folder, "server"), { recursive: true });
    expect(await project.run("init", "--write")).toMatchObject({ code: 0, err: "" });
    expect(project.list()).not.toContain("server/db.ts");
  });
});

it.each(["trpc/routers/chat/index.ts", "trpc/routers/chat.tsx", "trpc/routers/chat.js"])(
  "does not hide a module of the app by the router's: %s",
  async (path) => {
    const project = createApp({ [path]: "export const mine = 1;\n" });
    expect(await manualOf(project)).toContain(`${path.replace("/index.ts", "")} is your own`);
    expect(project.list()).not.toContain("trpc/routers/chat.ts");
  },
);

it("writes nothing through a link that leads nowhere", async () => {
  const project = createApp();
  rmSync(join(project.folder, ".gitignore"));
  symlinkSync(join(project.folder, "elsewhere"), join(project.folder, ".gitignore"));
  const { code, err } = await project.run("init", "--write");
  expect(code).toBe(1);
  expect(err).toContain(".gitignore was not written");
  expect(existsSync(join(project.folder, "elsewhere"))).toBe(false);
});

describe("an app that may have a sign-in", () => {
  const init = tanStackAppFiles["trpc/init.ts"] ?? "";
  const isMember = "({ next }) => next()";
  const read = (resolver: string): Files => ({
    "trpc/routers/me.ts": `import { baseProcedure } from '../init';\n\nexport const me = baseProcedure.query(${resolver});\n`,
  });
  const dependency = (name: string): Files => ({
    "package.json": (tanStackAppFiles["package.json"] ?? "").replace(
      '"next": ',
      `"${name}": "^1.0.0",\n    "next": `,
    ),
  });
  const exports = (code: string): Files => ({ "trpc/init.ts": `${init}${code}\n` });

  it.each([
    [
      exports(`export const memberProcedure = t.procedure.use(${isMember});`),
      "exports memberProcedure",
    ],
    [exports(`export const members = baseProcedure.use(${isMember});`), "exports members"],
    [exports(`export function adminProcedure() {}`), "exports adminProcedure"],
    [exports(`export { protectedProcedure } from "@acme/trpc";`), "exports protectedProcedure"],
    [read("({ ctx }) => ctx.session?.user.id"), "reads ctx.session"],
    [read("(opts) => opts.ctx.user!.id"), "reads ctx.user"],
    [read("({ ctx: { auth } }) => auth.id"), "reads ctx.auth"],
    [read("({ ctx }) => {\n  const { userId } = ctx;\n  return userId;\n}"), "reads ctx.userId"],
    [dependency("next-auth"), "depends on next-auth"],
    [dependency("better-auth"), "depends on better-auth"],
    [dependency("@clerk/nextjs"), "depends on @clerk/nextjs"],
  ])("is not opened to everybody: %j", async (files, sign) => {
    const project = createApp(files);
    const manual = await manualOf(project);
    expect(manual).toContain(sign);
    expect(manual).toContain("protectedProcedure");
    expect(manual).toContain("`scope`");
    expect(project.list()).not.toContain("trpc/routers/chat.ts");
  });

  it("is told by the server's code alone", async () => {
    const project = createApp({
      "app/me.tsx": `'use client';\n\n// Router\nexport const name = (ctx: Context) => ctx.user.name;\n`,
    });
    expect(await project.run("init", "--write")).toMatchObject({ code: 0, err: "" });
    expect(project.read("trpc/routers/chat.ts")).toContain("scope: 'everyone',");
  });
});

describe("the database's URL", () => {
  const path = "prisma/schema.prisma";

  function createDatabaseApp(version: string, settings: string, files: Files = {}): CliProject {
    const schema = schemaWith("", "postgresql").replace(
      'provider = "postgresql"',
      `provider = "postgresql"\n  ${settings}`,
    );
    return createApp({
      "node_modules/prisma/package.json": JSON.stringify({ version }),
      [path]: schema,
      ...files,
    });
  }

  const client =
    'import { PrismaClient } from "../generated/prisma/client";\n\nexport const db = new PrismaClient();\n';

  it.each(
    ["6.19.3", "7.10.1"].flatMap((version) =>
      [{}, { "server/db.ts": client }].map((files) => [version, files] as const),
    ),
  )(
    "is read from the variable that the schema names, with Prisma %s and %j",
    async (version, files) => {
      const project = createDatabaseApp(version, 'url = env("POSTGRES_PRISMA_URL")', files);
      const { code, err, out } = await project.run("init", "--write");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain('Set POSTGRES_PRISMA_URL in .env, for example: POSTGRES_PRISMA_URL="');
      expect(project.read("server/db.ts")).toContain("process.env.POSTGRES_PRISMA_URL");
      const isOld = version.startsWith("6");
      expect(project.read(path).includes('env("POSTGRES_PRISMA_URL")')).toBe(isOld);
      expect(project.read("prisma.config.ts").includes("process.env.POSTGRES_PRISMA_URL")).toBe(
        !isOld,
      );
      for (const text of Object.values(snapshotOf(project)))
        expect(text).not.toContain("DATABASE_URL");
      expect((await project.run("doctor")).out).toContain("✗ POSTGRES_PRISMA_URL: not set");
      expect((await project.run("init", "--write")).out).toContain("Nothing to set up");
    },
  );

  const url = 'url = env("DATABASE_URL")';
  const emptyConfig = {
    "prisma.config.ts": 'export default { schema: "prisma/schema.prisma" };\n',
  };
  const ownUrl = "datasource: { url: process.env.DATABASE_URL";

  it.each([
    [`${url}\n  directUrl = env("DIRECT")`, {}, "datasource: { url: process.env.DIRECT ??"],
    [`${url}\n  directUrl = env("DIRECT")`, {}, "Remove url and directUrl there"],
    [`${url}\n  shadowDatabaseUrl = env("SHADOW")`, {}, "takes shadowDatabaseUrl as well"],
    ['url = "postgresql://localhost/app"', {}, ownUrl],
    [url, emptyConfig, ownUrl],
    ["", emptyConfig, "prisma.config.ts has no datasource"],
  ])(
    "stays where it is when its place is not clear: %j with %j",
    async (settings, files, message) => {
      const project = createDatabaseApp("7.10.1", settings, files);
      expect(await manualOf(project)).toContain(message);
      expect(project.read(path)).toContain(settings);
      for (const [name, text] of Object.entries(files)) expect(project.read(name)).toBe(text);
    },
  );

  it("may have a direct one beside it with Prisma 6", async () => {
    const project = createDatabaseApp("6.19.3", `${url}\n  directUrl = env("DIRECT")`);
    expect(await project.run("init", "--write")).toMatchObject({ code: 0, err: "" });
    expect(project.read(path)).toContain('directUrl = env("DIRECT")');
  });
});
