import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import type { CommandResult } from "../../../scripts/lib/run-command.ts";
import type { DatabaseName } from "../databases/describe-databases.ts";

/** The specification's code blocks as programs in a folder. */
export interface SampleApp {
  /** Compiles them with `strict`. */
  compile(): Promise<CommandResult>;
  /** Runs them one after another in one process, and returns what each one printed. */
  run(env: Readonly<Record<string, string>>): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** The tool that the specification imports but does not show. */
const weatherTool = `import { Tool, z } from "@node-llm/core";

export class WeatherTool extends Tool {
  name = "get_weather";
  description = "The weather in a city";
  schema = z.object({ city: z.string() });

  async execute({ city }: { city: string }) {
    return \`Rain in \${city}\`;
  }
}
`;

const marker = "=== sample ===";

/**
 * Writes each block as a module. Blocks build on earlier ones, so each module begins with the first block, and
 * with the latest block that declares `chat` unless its own block does.
 */
export async function writeSampleApp(
  blocks: readonly string[],
  clientFolder: string,
  database: DatabaseName,
): Promise<SampleApp> {
  const parent = join(projectRoot, ".cache");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "samples-"));
  const samples = toModules(blocks);
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await mkdir(join(folder, "tools"));
  await write("tools/weather.ts", weatherTool);
  await write("prisma-client.ts", prismaClientModule(clientFolder, database));
  for (const [index, sample] of samples.entries()) await write(`sample-${index}.ts`, sample);
  const runs = samples.map(
    (_, index) => `console.log(marker);\nawait import("./sample-${index}");`,
  );
  await write(
    "run.ts",
    `const marker = "${marker}";\n${runs.join("\n")}\nprocess.exit();\nexport {};\n`,
  );
  await write(
    "tsconfig.json",
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: {
        incremental: false,
        plugins: [],
        paths: {
          "node-llm-trpc/*": ["../../src/*/index.ts"],
          "@prisma/client": ["./prisma-client.ts"],
        },
      },
      include: ["*.ts"],
    }),
  );
  return {
    compile: () =>
      runCommand(
        process.execPath,
        [join(projectRoot, "node_modules/typescript/bin/tsc"), "-p", folder],
        { quiet: true },
      ),
    run: async (env) => {
      const tsx = join(projectRoot, "node_modules/tsx/dist/cli.mjs");
      const args = [tsx, "--tsconfig", join(folder, "tsconfig.json"), join(folder, "run.ts")];
      const { code, output } = await runCommand(process.execPath, args, { quiet: true, env });
      if (code !== 0) throw new Error(`A sample failed:\n${output}`);
      return output.split(`${marker}\n`).slice(1);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function toModules(blocks: readonly string[]): string[] {
  const [setUp = "", ...rest] = blocks.map((block) =>
    block.replaceAll("@node-llm/orm/prisma", "node-llm-trpc/orm"),
  );
  let newestChat = "";
  return [
    setUp,
    ...rest.map((block) => {
      if (/^const chat\b/m.test(block)) {
        newestChat = block;
        return `${setUp}\n${block}`;
      }
      return `${setUp}\n${newestChat}\n${block}`;
    }),
  ];
}

/**
 * The module that stands in for `@prisma/client`. Since Prisma 7, the client is generated into a folder of the app
 * and needs a driver adapter, so an app that writes `new PrismaClient()` has a module like this one.
 */
function prismaClientModule(clientFolder: string, database: DatabaseName): string {
  const [name, argument] =
    database === "sqlite"
      ? ["@prisma/adapter-better-sqlite3#PrismaBetterSqlite3", "{ url }"]
      : ["@prisma/adapter-pg#PrismaPg", "{ connectionString: url }"];
  const [module = "", adapter = ""] = name.split("#");
  return `import { ${adapter} } from "${module}";
import { PrismaClient as GeneratedClient } from ${JSON.stringify(join(clientFolder, "client.ts"))};

const url = process.env["DATABASE_URL"] ?? "";

export class PrismaClient extends GeneratedClient {
  constructor() {
    super({ adapter: new ${adapter}(${argument}) });
  }
}
`;
}
