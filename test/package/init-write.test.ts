import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { chromiumArgs } from "../../e2e/support/chromium-args.ts";
import { ensureChromium } from "../../scripts/lib/ensure-chromium.ts";
import { askInChat } from "../support/apps/ask-in-chat.ts";
import { adaptToOurVersions, createT3App, replaceNextAuth } from "../support/apps/create-t3-app.ts";
import { NextProject } from "../support/apps/next-project.ts";
import { lintAsT3 } from "../support/apps/t3-lint.ts";
import { writeReadmeChat } from "../support/apps/write-readme-chat.ts";
import { writeTanStackApp } from "../support/apps/write-tanstack-app.ts";
import type { OpenAIServer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";

let browser: Browser;
let openAI: OpenAIServer;

beforeAll(async () => {
  const executablePath = await ensureChromium();
  browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  openAI = await startOpenAIServer(() => ({ text: ["It ", "works."] }));
});

afterAll(async () => {
  await browser.close();
  await openAI.close();
});

async function createProject(write: (folder: string) => Promise<void>): Promise<NextProject> {
  const project = await NextProject.create(write);
  onTestFinished(async () => await project.remove());
  await project.install();
  return project;
}

/** Sets the app up without changing a line by hand, and opens its chat in a browser. */
async function openChat(project: NextProject, database: string): Promise<Page> {
  await project.cli("init", "--write");
  expect(await project.cli("init", "--write")).toContain("Nothing to set up");
  await project.generate();
  await project.migrate(database);
  await project.checkTypes();
  await project.build();
  const app = await project.start({ OPENAI_API_KEY: "sk-test", OPENAI_API_BASE: openAI.baseUrl });
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  onTestFinished(async () => {
    await context.close();
    await app.stop();
    expect(problems).toEqual([]);
  });
  await page.goto(`${app.url}/chat`);
  return page;
}

/** A build takes 15 seconds on an idle machine. */
const patience = 400_000;

it("sets up create-t3-app with no line by hand", { timeout: patience }, async () => {
  const project = await createProject(async (folder) => {
    await createT3App(folder);
    await adaptToOurVersions(folder);
  });
  expect(await askInChat(await openChat(project, "db.sqlite"))).toBe(2);

  await writeReadmeChat(project.folder);
  await project.checkTypes();
  await lintAsT3(project);
  await writeFile(join(project.folder, "src/wrong.ts"), "Promise.resolve(1 as any);\n");
  await expect(lintAsT3(project)).rejects.toThrow("typescript(no-floating-promises)");
});

it("sets up an App Router with @trpc/tanstack-react-query", { timeout: patience }, async () => {
  const project = await createProject(writeTanStackApp);
  expect(await askInChat(await openChat(project, "dev.db"))).toBe(2);
});

it("shows signed-in users of create-t3-app their own chats", { timeout: patience }, async () => {
  const project = await createProject(async (folder) => {
    await createT3App(folder, "nextAuth");
    await adaptToOurVersions(folder);
    await replaceNextAuth(folder);
  });
  await project.cli("init", "--write");
  const router = await project.read("src/server/api/routers/chat.ts");
  expect(router).toContain("procedure: protectedProcedure,");
  expect(router).toContain("scope: ({ ctx }) => ({ userId: ctx.session.user.id }),");
  await project.generate();
  await project.checkTypes();
});
