import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Browser } from "@playwright/test";
import { chromium, expect } from "@playwright/test";

import { buildDemo } from "../scripts/lib/build-demo.ts";
import { ensureChromium } from "../scripts/lib/find-chromium.ts";
import { generateClients } from "../scripts/lib/generate-clients.ts";
import { projectRoot } from "../scripts/lib/project-root.ts";
import { runScript } from "../scripts/lib/setup-error.ts";
import { chromiumArgs } from "./support/chromium-args.ts";
import { ChatPage } from "./support/chat-page.ts";
import { richAnswer } from "./support/rich-answer.ts";
import { ScriptedModel } from "./support/scripted-model.ts";
import { seedChat } from "./support/seed-chat.ts";
import type { Demo } from "./support/start-demo.ts";
import { startDemo } from "./support/start-demo.ts";

const folder = join(projectRoot, "screenshots");
const devices = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;

/** Takes pictures of the demo's pages, on two devices and in two themes, into `screenshots/`. */
await runScript(async () => {
  await generateClients();
  await buildDemo();
  await mkdir(folder, { recursive: true });
  const model = await ScriptedModel.start();
  const demo = await startDemo({
    OPENAI_API_KEY: "sk-test",
    OPENAI_API_BASE: model.baseUrl,
    NODELLM_MODEL: "gpt-4o-mini,gpt-4o",
  });
  const executablePath = await ensureChromium();
  const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  try {
    for (const title of [30, 4, 12]) await seedChat(demo.prisma, title);
    for (const colorScheme of ["light", "dark"] as const) {
      for (const device of ["desktop", "phone"] as const) {
        await takeAll(browser, demo, model, device, colorScheme);
      }
    }
  } finally {
    await browser.close();
    await demo.close();
    await model.close();
  }
});

async function takeAll(
  browser: Browser,
  demo: Demo,
  model: ScriptedModel,
  device: keyof typeof devices,
  colorScheme: "light" | "dark",
): Promise<void> {
  const context = await browser.newContext({
    ...devices[device],
    baseURL: demo.url,
    colorScheme,
    locale: "en-US",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const chat = new ChatPage(page);
  const take = async (name: string): Promise<void> => {
    const path = join(folder, `${name}-${device}-${colorScheme}.png`);
    await page.screenshot({ path, animations: "disabled" });
    console.log(path.slice(projectRoot.length + 1));
  };
  const search = {
    id: "call_1",
    name: "search_docs",
    arguments: JSON.stringify({ query: "mount router tRPC Prisma" }),
  };
  model.reset();

  await chat.goto();
  await take("home");
  await chat.openList();
  await take("list");

  const prompt = "How do I mount the router?";
  const { tool, text } = richAnswer;
  model.on(prompt, { text: [tool], toolCalls: [search] }, { text: [text] });
  await chat.start(prompt);
  await expect(chat.answer).toHaveAttribute("data-status", "complete");
  await take("answer-end");
  await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
  await chat.answer.locator("summary").click();
  await take("answer-tool");
  await chat.transcript.evaluate((log) => log.scrollTo(0, 700));
  await take("answer-middle");

  const held = model.hold("Explain it again, slowly", text.slice(0, 420));
  await chat.send("Explain it again, slowly");
  await expect(chat.text(chat.answers.nth(1))).toContainText("Mount the router");
  await take("streaming");
  held.end(text.slice(420));
  await expect(chat.answer).toHaveAttribute("data-status", "complete");

  model.on("What if it breaks?", { text: ["The answer begins well, "], delay: 10, end: "eof" });
  await chat.send("What if it breaks?");
  await expect(chat.alert).toBeVisible();
  await take("failed");

  model.on("And before the first word?", { status: 500 });
  await chat.sendOnly("And before the first word?");
  await expect(chat.alert.filter({ hasText: "could not answer" })).toBeVisible();
  await take("refused");

  model.hold("Stop in the middle", "I was about to say something ");
  await chat.sendOnly("Stop in the middle");
  await expect(chat.text(chat.answer)).toContainText("about to say");
  await chat.stopButton.click();
  await expect(chat.answer).toHaveAttribute("data-status", "stopped");
  await take("stopped");

  model.hold("A silent start");
  await chat.sendOnly("A silent start");
  await expect(chat.answer).toHaveAttribute("data-status", "pending");
  await chat.composer.fill("Meanwhile I write\nmy next message\nin three lines");
  await take("pending");
  await chat.openList();
  await take("list-live");

  await page.goto("/chats/unknown");
  await take("unknown-chat");
  await context.close();
}
