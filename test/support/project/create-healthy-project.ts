import type { CliProject } from "./create-cli-project.ts";
import { createCliProject, schemaWith } from "./create-cli-project.ts";
import { extendedModels } from "../databases/specification-models.ts";

const healthyEnvironment = {
  DATABASE_URL: "postgresql://user:pass-word@localhost:5432/app",
  OPENAI_API_KEY: "sk-secret",
};

interface FakePrisma {
  /** What `prisma migrate status` exits with and prints. */
  readonly status?: readonly [code: number, output: string];
  /** What `prisma migrate diff --exit-code` exits with. */
  readonly diff?: number;
}

/** Creates a project that is initialised, installed, generated and migrated, with a fake Prisma CLI. */
export function createHealthyProject(
  env: Readonly<Record<string, string>> = healthyEnvironment,
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
      "prisma/schema.prisma": schema,
      "prisma.config.mjs": "export default { datasource: { url: process.env.DATABASE_URL } };",
      "package.json": JSON.stringify({ dependencies: { "@prisma/adapter-pg": "7.0.0" } }),
      "client/client.mjs": "export class PrismaClient {}",
      "client/internal/class.mjs": `const config = {\n  "inlineSchema": ${JSON.stringify(schema)},\n};`,
      "node_modules/@node-llm/core/package.json": JSON.stringify({ version: "1.17.1" }),
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
