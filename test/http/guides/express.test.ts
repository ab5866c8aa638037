import { once } from "node:events";

import type { Browser, Page } from "playwright";
import { chromium } from "playwright";
import { build, createServer } from "vite";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import { chromiumArgs } from "../../../e2e/support/chromium-args.ts";
import { ensureChromium } from "../../../scripts/lib/ensure-chromium.ts";
import { openGuide } from "../../support/guides/open-guide.ts";
import { runPrismaCommand } from "../../support/guides/run-prisma-command.ts";
import { startProgram } from "../../support/guides/start-program.ts";
import { startOpenAIServer } from "../../support/providers/start-openai-server.ts";
import { freePort } from "../../support/servers/free-port.ts";

let browser: Browser;
beforeAll(async () => {
  const executablePath = await ensureChromium();
  browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
});
afterAll(async () => await browser.close());

/** Follows the guide, builds its page and serves it, with a model that pauses in its first answer. */
async function openApp() {
  let goOn = (): void => {};
  const pause = new Promise<void>((resolve) => (goOn = resolve));
  async function* pieces(): AsyncGenerator<string> {
    yield "Once upon a time";
    await pause;
    yield " there was an end.";
  }
  const openAI = await startOpenAIServer(() => ({ pieces: pieces() }));
  onTestFinished(async () => {
    goOn();
    await openAI.close();
  });
  const { folder } = await openGuide(
    "docs/guides/express.md",
    {},
    { run: (command, at) => runPrismaCommand(command, at, "dev.db") },
  );
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_API_BASE: openAI.baseUrl };
  const start = (port: number) =>
    startProgram("server/main.ts", folder, { ...env, PORT: String(port) });
  return { folder, start, goOn };
}

/** Signs in, and collects the addresses of the page's requests and WebSockets. */
async function openTab(url: string) {
  const context = await browser.newContext();
  onTestFinished(async () => await context.close());
  const page = await context.newPage();
  const used: string[] = [];
  page.on("websocket", (socket) => used.push(socket.url()));
  page.on("request", (request) => used.push(request.url()));
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  onTestFinished(() => expect(problems).toEqual([]));
  await page.goto(`${url}/login/ada`);
  return { context, page, used };
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const answer = (page: Page, status: string, text: string) =>
  page.locator(`[data-role=assistant][data-status=${status}]`).filter({ hasText: text });

const patience = 120_000;

it(
  "docs/guides/express.md: everything goes over the WebSocket, and survives a killed server",
  { timeout: patience },
  async () => {
    const { folder, start, goOn } = await openApp();
    await build({ root: folder, logLevel: "silent" });
    const first = await start(0);
    const { page, used, context } = await openTab(first.url);
    await send(page, "Tell me a story.");
    await answer(page, "streaming", "Once upon a time").waitFor();
    const other = await context.newPage();
    await other.goto(first.url);
    await other.getByRole("button", { name: "Tell me a story." }).click();
    await answer(other, "streaming", "Once upon a time").waitFor();

    await first.kill("SIGKILL");
    await page.getByRole("status").waitFor();
    const second = await start(Number(new URL(first.url).port));
    for (const tab of [page, other]) {
      await answer(tab, "interrupted", "Once upon a time").waitFor();
    }
    goOn();
    await page.getByRole("button", { name: "Retry" }).click();
    for (const tab of [page, other]) {
      await answer(tab, "complete", "Once upon a time there was an end.").waitFor();
    }
    expect(used.some((url) => url.startsWith("ws:") && url.endsWith("/trpc"))).toBe(true);
    expect(used.filter((url) => url.startsWith("http") && url.includes("/trpc"))).toEqual([]);

    // A page of another site, with the user's cookies.
    const evil = new WebSocket(second.url.replace("http", "ws") + "/trpc", {
      origin: "https://evil.example",
      headers: { cookie: "user=ada" },
    });
    const [error] = await once(evil, "error");
    expect(String(error)).toContain("401");
    expect(await second.kill("SIGTERM")).toBe(0);
  },
);

it(
  "docs/guides/express.md: Vite passes the WebSocket on in development",
  { timeout: patience },
  async () => {
    const { folder, start, goOn } = await openApp();
    const port = await freePort();
    await start(port);
    // The configuration of the guide reads it when it is loaded.
    process.env["PORT"] = String(port);
    onTestFinished(() => void Reflect.deleteProperty(process.env, "PORT"));
    const server = { port: await freePort(), strictPort: true };
    const vite = await createServer({ root: folder, logLevel: "silent", server });
    onTestFinished(async () => await vite.close());
    await vite.listen();
    const { page, used } = await openTab(`http://localhost:${server.port}`);
    goOn();
    await send(page, "Tell me a story.");
    await answer(page, "complete", "Once upon a time there was an end.").waitFor();
    expect(used.some((url) => url === `ws://localhost:${server.port}/trpc`)).toBe(true);
  },
);
