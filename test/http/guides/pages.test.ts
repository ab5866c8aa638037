import { createLLM } from "@node-llm/core";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { Browser, Page } from "playwright";
import { chromium } from "playwright";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { chromiumArgs } from "../../../e2e/support/chromium-args.ts";
import { ensureChromium } from "../../../scripts/lib/ensure-chromium.ts";
import type { OpenDatabase } from "../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { guideTrpc } from "../../support/guides/guide-trpc.ts";
import { openGuide } from "../../support/guides/open-guide.ts";
import { bundlePage, serveGuide } from "../../support/guides/serve-guide.ts";
import type { AppRouter } from "../../support/servers/create-app-router.ts";
import { createAppRouter } from "../../support/servers/create-app-router.ts";
import { tool } from "../../support/providers/tool.ts";

let browser: Browser;
beforeAll(async () => {
  const executablePath = await ensureChromium();
  browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
});
afterAll(async () => await browser.close());

/** A model that calls a tool for "weather" and another one for "mail", and then says "Done." */
const provider = () =>
  createScriptedProvider(({ messages }) => {
    const newest = messages.at(-1);
    if (newest?.role === "tool") return [{ hold: true }, "Done."];
    const isMail = String(newest?.content).includes("mail");
    const name = isMail ? "send_mail" : "get_weather";
    const args = isMail ? { to: "ada@example.com", text: "Hello" } : { city: "Oslo" };
    return ["Let me see. ", { toolCall: { id: name, name, arguments: args } }];
  });

/** Shows a component of a guide in a browser. An error of the page, or on its console, fails the test. */
async function show(url: string): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });
  await page.goto(url);
  return page;
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function openScene(guidePage: string, open: OpenDatabase) {
  const { prisma } = await open();
  const model = provider();
  const llm = createLLM({ provider: model });
  const guide = await openGuide(guidePage, {
    "server/llm": { llm },
    "server/prisma": { prisma },
    "server/trpc": guideTrpc,
  });
  return { prisma, llm, model, guide };
}

describeDatabases(
  (_name, open) => {
    it("docs/guides/rendering.md renders texts, tools and approvals", async () => {
      const { guide, model } = await openScene("docs/guides/rendering.md", open);
      const { appRouter } = await guide.load<{ readonly appRouter: AppRouter }>("server/router.ts");
      const script = await bundlePage(guide.folder, "client/rendered-chat", "RenderedChat");
      const page = await show((await serveGuide(appRouter, script)).url);
      await send(page, "The weather?");
      await page.getByText("Oslo: 3 °C").waitFor();
      model.release();
      await page.getByText("Done.").waitFor();
      await page.getByRole("button", { name: "Send" }).waitFor();
      await send(page, "Write a mail.");
      await page.getByText("Send “Hello” to ada@example.com?").waitFor();
      await page.getByRole("button", { name: "Allow" }).click();
      await page.getByText("Sent to ada@example.com").waitFor();
      model.release();
      await page.locator("article[data-status=complete]").nth(3).waitFor();
      expect(await page.locator("article").nth(3).innerText()).toContain("Done.");
    });

    it("docs/guides/from-the-ai-sdk.md: the page streams, asks for an approval and stops", async () => {
      const { guide, prisma, llm, model } = await openScene("docs/guides/from-the-ai-sdk.md", open);
      const router = createAppRouter(prisma, llm, {
        tools: [tool("send_mail", async () => "Sent."), tool("get_weather", async () => "3 °C")],
        needsApproval: ["send_mail"],
        scope: "everyone",
      });
      const script = await bundlePage(guide.folder, "client/chat-page", "ChatPage chatId={null}");
      const page = await show((await serveGuide(router, script)).url);
      await send(page, "Write a mail.");
      await page.getByText("send_mail: awaiting_approval").waitFor();
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByText("send_mail: complete").waitFor();
      model.release();
      await page.getByText("Done.").waitFor();
      await page.getByRole("button", { name: "Send" }).waitFor();
      await send(page, "The weather?");
      await page.getByText("get_weather: complete").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("button", { name: "Send" }).waitFor();
      expect(await page.locator("article").nth(3).innerText()).toContain("Let me see.");
    });
  },
  ["sqlite"],
);
