import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { chromium } from "playwright";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { chromiumArgs } from "../../e2e/support/chromium-args.ts";
import { ensureChromium } from "../../scripts/lib/ensure-chromium.ts";
import { adaptToOurVersions, createT3App, replaceNextAuth } from "../support/apps/create-t3-app.ts";
import { NextProject } from "../support/apps/next-project.ts";
import { tanStackAppFiles } from "../support/apps/tanstack-app-files.ts";
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

async function writeTanStackApp(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(tanStackAppFiles)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
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

async function showsAnswer(page: Page): Promise<void> {
  const answer = page.locator("[data-role=assistant]");
  await answer.and(page.locator("[data-status=complete]")).waitFor({ timeout: 60_000 });
  expect(await answer.locator("[data-message-content]").textContent()).toBe("It works.");
  expect(await page.locator("[data-role=user] [data-message-content]").textContent()).toBe(
    "Does it?",
  );
}

/** Asks, sees the answer, and sees it again after a reload and in the list of chats. Returns how many messages there are. */
async function askInChat(page: Page): Promise<number> {
  await page.getByRole("textbox", { name: "Message" }).fill("Does it?");
  await page.keyboard.press("Enter");
  await showsAnswer(page);
  await page.waitForURL(/\/chat\?id=/);
  await page.reload();
  await showsAnswer(page);
  await page.getByRole("link", { name: "New chat" }).click();
  await page.locator("[data-message-id]").first().waitFor({ state: "detached" });
  await page
    .getByRole("navigation", { name: "Chats" })
    .getByRole("listitem")
    .getByRole("link")
    .click();
  await showsAnswer(page);
  return await page.locator("[data-message-id]").count();
}

/** A build takes 15 seconds on an idle machine. */
const patience = 400_000;

it("sets up create-t3-app with no line by hand", { timeout: patience }, async () => {
  const project = await createProject(async (folder) => {
    await createT3App(folder);
    await adaptToOurVersions(folder);
  });
  expect(await askInChat(await openChat(project, "db.sqlite"))).toBe(2);
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
