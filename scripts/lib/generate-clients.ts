import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { adaptToPrisma } from "./adapt-to-prisma.ts";
import { clientProviders, readSchema } from "./database-provider.ts";
import type { ClientProvider } from "./database-provider.ts";
import { hashFiles } from "./hash-files.ts";
import { projectRoot } from "./project-root.ts";
import { runCommand } from "./run-command.ts";
import { SetupError } from "./setup-error.ts";

const folder = join(projectRoot, "generated");
const cli = join(projectRoot, "node_modules/prisma/build/index.js");

/**
 * Generates the Prisma clients in generated/, one for each database, unless they are up to date.
 *
 * @returns whether anything was generated.
 */
export async function generateClients(): Promise<boolean> {
  const stamp = join(folder, "schema.hash");
  const hash = await hashFiles([
    "prisma/schema.prisma",
    "src/cli/schema/template-models.ts",
    "node_modules/prisma/package.json",
    "node_modules/@prisma/client/package.json",
  ]);
  if ((await readFile(stamp, "utf8").catch(() => "")) === hash && (await areComplete())) {
    return false;
  }
  await rm(stamp, { force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(clientProviders.map(generateClient));
  await writeFile(stamp, hash);
  return true;
}

async function areComplete(): Promise<boolean> {
  const clients = clientProviders.map((provider) => access(join(folder, provider, "client.ts")));
  return await Promise.all(clients).then(
    () => true,
    () => false,
  );
}

async function generateClient(provider: ClientProvider): Promise<void> {
  const schema = join(folder, `${provider}.prisma`);
  await writeFile(schema, await adaptToPrisma(await readSchema(provider)));
  const { code, output } = await runCommand(
    process.execPath,
    [cli, "generate", "--schema", schema, "--no-hints"],
    {
      quiet: true,
      env: {
        // `generate` does not use the native engines, but Prisma would download them on every call.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      },
    },
  );
  if (code !== 0) {
    throw new SetupError(
      `The Prisma client for ${provider} could not be generated from prisma/schema.prisma:\n${output.trim()}`,
    );
  }
}
