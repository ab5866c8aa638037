import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Browser, Page } from "playwright";
import { chromium } from "playwright";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { chromiumArgs } from "../../e2e/support/chromium-args.ts";
import { ensureChromium } from "../../scripts/lib/ensure-chromium.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import {
  adaptToOurPrisma,
  adaptToOurVersions,
  createT3App,
} from "../support/apps/create-t3-app.ts";
import { NextProject } from "../support/apps/next-project.ts";
import { writeTanStackApp } from "../support/apps/write-tanstack-app.ts";
import { followGuide } from "../support/guides/follow-guide.ts";
import { bundle, pageWith } from "../support/guides/serve-guide.ts";
import { startProgram } from "../support/guides/start-program.ts";
import type { OpenAIServer } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";

let browser: Browser;
let openAI: OpenAIServer;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  const executablePath = await ensureChromium();
  browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  openAI = await startOpenAIServer(() => ({ text: ["It ", "works."] }));
  env = { OPENAI_API_KEY: "sk-test", OPENAI_API_BASE: openAI.baseUrl };
});

afterAll(async () => {
  await browser.close();
  await openAI.close();
});

/** Follows a guide in an app that has this package and the versions of this repository. */
async function follow(
  page: string,
  write: (folder: string) => Promise<void>,
  database: string,
  beforeGenerate: (folder: string) => Promise<void> = async () => {},
): Promise<NextProject> {
  const project = await NextProject.create(write);
  onTestFinished(async () => await project.remove());
  await project.install();
  await followGuide(page, project.folder, {
    run: async (command) => {
      const [, cli = ""] = /^npx node-llm-trpc (.+)$/.exec(command) ?? [];
      if (cli !== "") await project.cli(...cli.split(" "));
      else if (command === "npx prisma generate") {
        await beforeGenerate(project.folder);
        await project.generate();
      } else if (command.startsWith("npx prisma migrate dev ")) await project.migrate(database);
      else expect(command).toMatch(/^npm install /);
    },
  });
  return project;
}

/** Opens a page. An error on it, or on its console, fails the test. */
async function open(url: string, expected: readonly unknown[] = []): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    // Some of Chromium's releases ask for this icon now and then; the apps of the guides have none.
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (message.type() === "error" && !isIcon) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual(expected);
  });
  await page.goto(url);
  return page;
}

async function ask(page: Page): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill("Does it?");
  await page.getByRole("button", { name: "Send" }).click();
  await showsAnswer(page);
}

async function showsAnswer(page: Page): Promise<void> {
  // `cacheComponents` keeps the page that was left in the document, hidden.
  const messages = page.locator("[data-role]").filter({ visible: true });
  const answer = messages.and(page.locator("[data-role=assistant][data-status=complete]"));
  await answer.filter({ hasText: /^It works\.$/ }).waitFor();
  await expect.poll(() => messages.count()).toBe(2);
}

const patience = 300_000;

it(
  "docs/guides/create-t3-app.md: the app compiles and answers",
  { timeout: patience },
  async () => {
    const write = async (folder: string): Promise<void> => {
      await createT3App(folder);
      await adaptToOurVersions(folder);
    };
    const project = await follow(
      "docs/guides/create-t3-app.md",
      write,
      "prisma/db.sqlite",
      adaptToOurPrisma,
    );
    await project.checkTypes();
    const code = `
    import { createRoot } from "react-dom/client";
    import ChatPage from "~/app/chat/page";
    import { TRPCReactProvider } from "~/trpc/react";
    const root = document.getElementById("root");
    createRoot(root).render(<TRPCReactProvider><ChatPage /></TRPCReactProvider>);`;
    const page = join(project.folder, "page.html");
    const script = await bundle(project.folder, code, { "~": join(project.folder, "src") });
    await writeFile(page, pageWith(script));
    const program = join(projectRoot, "test/support/guides/route-program.ts");
    const settings = { ...env, DATABASE_URL: "file:./db.sqlite", NODE_ENV: "production" };
    const route = "src/app/api/trpc/[trpc]/route.ts";
    const { url } = await startProgram(program, project.folder, settings, [route, page]);
    await ask(await open(url));
    expect((await readFile(join(project.folder, "prisma/db.sqlite"))).length).toBeGreaterThan(0);
  },
);

it(
  "docs/guides/app-router.md: a chat is in the HTML, and is not requested again",
  { timeout: patience },
  async () => {
    const project = await follow("docs/guides/app-router.md", writeTanStackApp, "dev.db");
    // This checks the types, too.
    await project.build();
    const app = await project.start(env);
    onTestFinished(async () => await app.stop());
    const page = await open(`${app.url}/chats`);
    await ask(page);
    await page.waitForURL(/\/chats\/[\w-]+$/);
    await showsAnswer(page);
    const chatUrl = page.url();
    await page.getByRole("link", { name: "New chat" }).filter({ visible: true }).click();
    await page.waitForURL(/\/chats$/);
    await expect.poll(() => page.locator("[data-role]").filter({ visible: true }).count()).toBe(0);
    await page.goBack();
    await page.waitForURL(chatUrl);
    await showsAnswer(page);
    const html = await (await fetch(page.url())).text();
    expect(html).toContain("It works.");
    expect(html).toContain('data-status="complete"');
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.reload();
    await showsAnswer(page);
    await expect.poll(() => asked.some((url) => url.includes("chat.watch"))).toBe(true);
    expect(asked.filter((url) => /chat\.(messages|list)/.test(url))).toEqual([]);
    // A chat that is not there is an error of the hook, which has asked for it once.
    const notFound = [expect.stringContaining("status of 404")];
    const nothing = await open(`${app.url}/chats/nothing`, notFound);
    await nothing.locator("p[role=alert]").waitFor();
    expect(await nothing.locator("p[role=alert]").textContent()).toMatch(
      /^There is no such chat\./,
    );
  },
);
