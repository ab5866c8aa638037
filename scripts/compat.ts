import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright";
import type { Browser } from "playwright";

import { chromiumArgs } from "../e2e/support/chromium-args.ts";
import { askInChat } from "../test/support/apps/ask-in-chat.ts";
import { createT3App } from "../test/support/apps/create-t3-app.ts";
import { NextProject } from "../test/support/apps/next-project.ts";
import { oldestCompanions, oldestPeers } from "../test/support/apps/oldest-packages.ts";
import { readmeChatFolder, writeReadmeChat } from "../test/support/apps/write-readme-chat.ts";
import { writeTanStackApp } from "../test/support/apps/write-tanstack-app.ts";
import { startOpenAIServer } from "../test/support/providers/start-openai-server.ts";
import { ensureChromium } from "./lib/ensure-chromium.ts";
import { projectRoot } from "./lib/project-root.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/** An app, and the versions of packages to try it with. */
interface Trial {
  readonly write: (folder: string) => Promise<void>;
  /** What is installed with this package, as its guide says. */
  readonly added: readonly string[];
  /** The file of the app's SQLite database. Prisma 6 searches it from the folder of the schema. */
  readonly database: string;
  /** Checks the app by its own rules. It has passed them before this package was set up. */
  readonly lint?: Lint;
}

interface Lint {
  /** Formats what the app's own generator has left as it was. */
  readonly prepare?: readonly [string, ...string[]];
  readonly check: readonly [string, ...string[]];
  /** Formats the README's chat and sorts its attributes, which this repository does in its own way. */
  readonly format?: readonly [string, ...string[]];
}

type Versions = Readonly<Record<string, string>>;

const trials: Readonly<Record<string, () => Promise<Trial>>> = {
  oldest: async () => ({
    write: tanStackAppWith({
      ...oldestPeers,
      ...oldestCompanions,
      "@prisma/adapter-better-sqlite3": "6.16.0",
      "@types/react-dom": "18.2.25",
      next: "14.2.35",
      prisma: "6.16.0",
    }),
    added: [],
    database: "prisma/dev.db",
  }),
  newest: async () => ({
    write: tanStackAppWith({
      ...(await peerRanges()),
      "@prisma/adapter-better-sqlite3": "^7.0.0",
      "@trpc/tanstack-react-query": "^11.0.0",
      "@types/node": "latest",
      "@types/react": "latest",
      "@types/react-dom": "latest",
      next: "latest",
      prisma: "^7.0.0",
      "react-dom": "latest",
      typescript: "latest",
    }),
    added: [],
    database: "dev.db",
  }),
  "create-t3-app": async () => ({
    write: (folder) => createT3App(folder, "eslint"),
    added: ["@node-llm/core", "@prisma/adapter-better-sqlite3@6"],
    database: "prisma/db.sqlite",
    lint: { check: ["eslint/bin/eslint.js", "--max-warnings=0", "src"] },
  }),
  "create-t3-app-biome": async () => ({
    write: async (folder) => {
      await createT3App(folder, "biome");
      await pinBiome(folder);
    },
    added: ["@node-llm/core", "@prisma/adapter-better-sqlite3@6"],
    database: "prisma/db.sqlite",
    lint: {
      prepare: ["@biomejs/biome/bin/biome", "check", "--write", "--vcs-enabled=false", "src"],
      check: [
        "@biomejs/biome/bin/biome",
        "check",
        "--error-on-warnings",
        "--vcs-enabled=false",
        "src",
      ],
      format: [
        "@biomejs/biome/bin/biome",
        "check",
        "--write",
        "--vcs-enabled=false",
        readmeChatFolder,
      ],
    },
  }),
};

/**
 * Tries the packed package with the oldest, the newest and create-t3-app's versions of everything around it, installed
 * from the registry: installs without a conflict, sets the app up, checks its types, builds it and asks in a browser.
 *
 *     npm run compat
 *     npm run compat -- oldest
 */
await runScript(async () => {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(trials);
  const chosen = names.map((name) => {
    const trial = trials[name];
    if (trial === undefined)
      throw new SetupError(`"${name}" is none of: ${Object.keys(trials).join(", ")}.`);
    return { name, trial };
  });
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: [...chromiumArgs],
  });
  try {
    for (const { name, trial } of chosen) {
      console.log(`\n== ${name}`);
      try {
        await run(await trial(), browser);
        console.log("It works.");
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
    }
  } finally {
    await browser.close();
  }
});

async function run({ write, added, database, lint }: Trial, browser: Browser): Promise<void> {
  const project = await NextProject.create(write, "own");
  try {
    await timed("install", () => project.installFromRegistry(added));
    const shown = [...Object.keys(oldestPeers), "next", "typescript"];
    for (const name of shown) {
      const version = await project.versionOf(name).catch(() => null);
      if (version !== null) console.log(`   ${name} ${version}`);
    }
    if (lint) {
      // The rules know the types, and the template imports Prisma's client.
      await timed("prisma generate", () => project.generate());
      if (lint.prepare) await project.runBin(...lint.prepare);
      await timed("lint before", () => project.runBin(...lint.check));
    }
    await timed("init --write", () => project.cli("init", "--write"));
    await timed("prisma generate", () => project.generate());
    await project.migrate(database);
    if (lint) {
      await writeReadmeChat(project.folder);
      if (lint.format) await project.runBin(...lint.format);
    }
    await timed("types", () => project.checkTypes());
    if (lint) await timed("lint", () => project.runBin(...lint.check));
    await timed("build", () => project.build());
    await timed("browser", () => askInBrowser(project, browser));
  } finally {
    await project.remove();
  }
}

async function askInBrowser(project: NextProject, browser: Browser): Promise<void> {
  const openAI = await startOpenAIServer(() => ({ text: ["It ", "works."] }));
  const app = await project.start({ OPENAI_API_KEY: "sk-test", OPENAI_API_BASE: openAI.baseUrl });
  const context = await browser.newContext();
  const problems: string[] = [];
  try {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("response", (response) => {
      if (response.status() < 500) return;
      const what = `${response.status()} of ${response.url()}`;
      response.text().then(
        (body) => problems.push(`${what}: ${body.slice(0, 2_000)}`),
        () => problems.push(what),
      );
    });
    await page.goto(`${app.url}/chat`);
    const count = await askInChat(page);
    if (count !== 2) problems.push(`There are ${count} messages instead of two.`);
  } catch (error) {
    throw new Error([String(error), ...problems, app.output()].join("\n"), { cause: error });
  } finally {
    await context.close();
    await app.stop();
    await openAI.close();
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

/** @returns what writes the app of tRPC's documentation, with other versions */
function tanStackAppWith(versions: Versions): (folder: string) => Promise<void> {
  return async (folder) => {
    await writeTanStackApp(folder);
    const path = join(folder, "package.json");
    const manifest: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...manifest, dependencies: versions }, null, 2));
  };
}

/** Newer versions refuse the configuration that create-t3-app writes. */
async function pinBiome(folder: string): Promise<void> {
  const path = join(folder, "package.json");
  const manifest = await readFile(path, "utf8");
  const pinned = manifest.replace(/(?<key>"@biomejs\/biome": ")[^"]+/, "$<key>2.3.0");
  if (pinned === manifest) throw new SetupError(`There is no version of Biome in ${path}.`);
  await writeFile(path, pinned);
}

async function peerRanges(): Promise<Versions> {
  const text = await readFile(join(projectRoot, "package.json"), "utf8");
  const { peerDependencies }: { readonly peerDependencies: Versions } = JSON.parse(text);
  return peerDependencies;
}

async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`   ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
