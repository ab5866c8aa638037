import { expect, it } from "vitest";

import { createCliProject, schemaWith } from "../../../test/support/cli-project.ts";
import type { CliProject } from "../../../test/support/cli-project.ts";
import { extendedModels, specificationModels } from "../../../test/support/specification.ts";

const path = "prisma/schema.prisma";

const config = `export default { datasource: { url: process.env.DATABASE_URL } };`;

const environment = {
  DATABASE_URL: "postgresql://user:pass-word@localhost:5432/app",
  OPENAI_API_KEY: "sk-secret",
};

interface FakePrisma {
  /** What `prisma migrate status` prints and returns. */
  readonly status?: readonly [code: number, output: string];
  /** What `prisma migrate diff --exit-code` returns. */
  readonly diff?: number;
}

/** A project as it is after `init`, installing, generating and migrating; with a Prisma CLI that plays its part. */
function createHealthyProject(
  env: Readonly<Record<string, string>> = environment,
  { status = [0, "Database schema is up to date!"], diff = 0 }: FakePrisma = {},
): CliProject {
  const schema = schemaWith(extendedModels, "postgresql").replace(
    'provider = "prisma-client"\n  output   = "../generated/prisma"',
    'provider = "prisma-client"\n  output   = "../client"',
  );
  const cli = `const [, , , command] = process.argv;
if (process.env.DATABASE_URL === undefined) process.exit(9);
if (command === "diff") process.exit(${diff});
console.error(${JSON.stringify(status[1])});
process.exit(${status[0]});`;
  return createCliProject(
    {
      [path]: schema,
      "prisma.config.mjs": config,
      "package.json": JSON.stringify({ dependencies: { "@prisma/adapter-pg": "7.0.0" } }),
      "client/client.mjs": "export class PrismaClient {}",
      "client/internal/class.mjs": `const config = {\n  "inlineSchema": ${JSON.stringify(schema)},\n};`,
      "node_modules/@prisma/client/package.json": JSON.stringify({ version: "7.10.1" }),
      "node_modules/prisma/package.json": JSON.stringify({
        version: "7.10.1",
        bin: { prisma: "cli.cjs" },
      }),
      "node_modules/prisma/cli.cjs": cli,
    },
    env,
  );
}

it("says that all is well, with exit code 0", async () => {
  const { code, out } = await createHealthyProject().run("doctor");
  expect(out.split("\n")).toEqual([
    "✓ Schema: prisma/schema.prisma (postgresql) has all models",
    "✓ Packages: prisma 7.10.1, @prisma/client 7.10.1, @prisma/adapter-pg",
    "✓ Client: client belongs to the schema and can be imported",
    "✓ DATABASE_URL: set (postgresql:)",
    "✓ Database: reachable, all migrations are applied",
    "✓ Provider key: OPENAI_API_KEY is set",
    "",
    "All is well.",
  ]);
  expect(code).toBe(0);
});

it("reads .env as an app does, and prints neither keys nor passwords", async () => {
  const project = createHealthyProject({});
  project.write(".env", 'DATABASE_URL="postgresql://u:pass-word@h/d"\nANTHROPIC_API_KEY=sk-secret');
  const { code, out, err } = await project.run("doctor");
  expect(code).toBe(0);
  expect(out).toContain("ANTHROPIC_API_KEY is set");
  expect(out + err).not.toMatch(/pass-word|sk-secret/);
});

it("lists what to do in an empty project", async () => {
  const { code, out } = await createCliProject().run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ Schema: there is none at prisma/schema.prisma");
  expect(out).toContain("What to do:\n  1. npx node-llm-trpc init\n  2. Set a provider's key");
});

it("finds missing columns, and a client that was generated before they were added", async () => {
  const project = createHealthyProject();
  project.write(path, project.read(path).replace(extendedModels, specificationModels));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toMatch(/✗ Schema: .* lacks 1 model, .*LlmMessage\.turnLock/);
  expect(out).toContain("✗ Client: client was generated from another state of the schema");
  expect(out).toContain("1. npx node-llm-trpc sync --write\n  2. npx prisma generate");
});

it("does not mind comments and spacing that changed since the client was generated", async () => {
  const project = createHealthyProject();
  project.write(path, `// new\n${project.read(path).replaceAll("  title ", "    title   ")}`);
  expect((await project.run("doctor")).code).toBe(0);
});

it("finds a client that is missing or cannot be imported", async () => {
  const project = createHealthyProject();
  project.write("client/client.mjs", `import "a-package-that-is-not-there";`);
  const { out } = await project.run("doctor");
  expect(out).toMatch(/✗ Client: client cannot be imported: .*a-package-that-is-not-there/);
  project.write(path, project.read(path).replace("../client", "../elsewhere"));
  expect((await project.run("doctor")).out).toContain("✗ Client: not generated yet (elsewhere)");
});

it("finds packages that are missing or too old", async () => {
  const project = createHealthyProject();
  project.write("package.json", "{}");
  project.write("node_modules/@prisma/client/package.json", JSON.stringify({ version: "6.1.0" }));
  const { code, out } = await project.run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("npm install @prisma/client@7");
  expect(out).toContain("npm install @prisma/adapter-pg@7");
});

it.each([
  ["Can't reach", [1, "Error: P1001: Can't reach database server at localhost:5432"], "P1001"],
  [
    "not applied",
    [1, "Following migration have not yet been applied:\n2026_x"],
    "npx prisma migrate deploy",
  ],
  ["none", [0, "No migration found in prisma/migrations"], "npx prisma migrate dev --name"],
  ["not managed", [1, "The current database is not managed by Prisma Migrate."], "Baseline it"],
  ["a password", [1, "Error: postgresql://u:pass-word@h/d is wrong"], "postgresql://***@h/d"],
] as const)("says what is wrong with the database: %s", async (_title, status, message) => {
  const { code, out } = await createHealthyProject(environment, { status }).run("doctor");
  expect(code).toBe(1);
  expect(out).toContain(message);
  expect(out).not.toContain("pass-word");
});

it("names each package that is not installed", async () => {
  const project = createCliProject({ [path]: schemaWith(extendedModels) });
  const { out } = await project.run("doctor");
  expect(out).toContain("✗ Packages: @prisma/client is not installed");
  expect(out).toContain("✗ Packages: prisma is not installed");
  expect(out).toContain("npm install @prisma/adapter-better-sqlite3@7");
});

it("finds changes of the schema that no migration has", async () => {
  const { code, out } = await createHealthyProject(environment, { diff: 2 }).run("doctor");
  expect(code).toBe(1);
  expect(out).toContain("✗ Database: reachable, but the schema has changes");
});

it("says that it skipped the database when Prisma's engine is not there", async () => {
  const status = [1, "Error: request to https://binaries.prisma.sh/x failed, ENOTFOUND"] as const;
  const { code, out } = await createHealthyProject(environment, { status }).run("doctor");
  expect(out).toContain("– skipped: Database: not checked, Prisma's schema engine");
  expect(out).toContain("Nothing to do. Not checked: 1.");
  expect(code).toBe(0);
});

it.each([
  [{}, "Set DATABASE_URL in .env, such as"],
  [{ DATABASE_URL: "file:./dev.db" }, "begins with file:, and the schema is for postgresql"],
  [{ DATABASE_URL: "localhost" }, "has no scheme"],
])("finds a wrong DATABASE_URL: %j", async (env, message) => {
  const { code, out } = await createHealthyProject({ ...env, OPENAI_API_KEY: "k" }).run("doctor");
  expect(code).toBe(1);
  expect(out).toContain(message);
  expect(out).toContain("skipped: Database: not checked, because of DATABASE_URL");
});

it.each([
  [{}, 1, "none is set"],
  [{ OPENAI_API_KEY: " " }, 1, "none is set"],
  [{ NODELLM_PROVIDER: "anthropic", OPENAI_API_KEY: "k" }, 1, "ANTHROPIC_API_KEY is not set"],
  [{ NODELLM_PROVIDER: "ollama" }, 0, "which needs none"],
  [{ NODELLM_PROVIDER: "mine" }, 0, 'NODELLM_PROVIDER is "mine"'],
])("checks the provider's key: %j", async (env, code, message) => {
  const { DATABASE_URL } = environment;
  const result = await createHealthyProject({ ...env, DATABASE_URL }).run("doctor");
  expect(result.out).toContain(message);
  expect(result.code).toBe(code);
});
