import { chromium } from "@playwright/test";
import type { Browser } from "@playwright/test";

import { chromiumArgs } from "../../e2e/support/chromium-args.ts";
import { ScriptedModel } from "../../e2e/support/scripted-model.ts";
import { startDemo } from "../../e2e/support/start-demo.ts";
import { seedGallery } from "../../e2e/screenshots/seed-gallery.ts";
import { buildDemo } from "../../scripts/lib/build-demo.ts";
import { ensureChromium } from "../../scripts/lib/ensure-chromium.ts";
import { freePort } from "../../test/support/servers/free-port.ts";
import { median } from "../lib/quantile.ts";
import type { Audit } from "./audit.ts";
import { audit } from "./audit.ts";
import { streamedFrames } from "./streamed-frames.ts";
import { seedCodeChat } from "./seed-code-chat.ts";

/**
 * Measures the demo's pages as a phone sees them: Lighthouse's performance score and blocking time, and the frames of
 * a second while an answer streams on a processor at a quarter of its speed.
 *
 *     npm run bench pages
 */
const rounds = 3;
const pieces = { perSecond: 100, before: 50_000, seconds: 10 };

await buildDemo();
const executablePath = await ensureChromium();
const model = await ScriptedModel.start();
const demo = await startDemo({
  OPENAI_API_KEY: "sk-test",
  OPENAI_API_BASE: model.baseUrl,
  NODELLM_MODEL: "gpt-4o-mini,gpt-4o",
});
const port = await freePort();
const browser = await chromium.launch({
  executablePath,
  args: [...chromiumArgs, `--remote-debugging-port=${port}`],
});

try {
  await seedGallery(demo.prisma);
  const chatId = await seedCodeChat(demo.prisma, 100);
  const pages = {
    "a new chat": "/",
    "a chat of 200 messages with code": `/chats/${chatId}`,
    usage: "/usage",
  };
  console.log(`Lighthouse, mobile, median of ${rounds}`);
  for (const [name, path] of Object.entries(pages)) {
    const runs: Audit[] = [];
    for (let round = 0; round < rounds; round++) runs.push(await audit(demo.url + path, port));
    const middle = (read: (run: Audit) => number): string =>
      median(runs.map((run) => read(run))).toFixed(0);
    console.log(
      `${name}: performance ${middle(({ score }) => score)}, ` +
        `blocking time ${middle(({ blockingMs }) => blockingMs)} ms, ` +
        `largest paint ${middle(({ paintMs }) => paintMs)} ms`,
    );
  }
  console.log(
    `Frames a second, ${pieces.perSecond} chunks a second, median of ${rounds} answers of ${pieces.seconds} s`,
  );
  for (const slowdown of [1, 4]) {
    for (const before of [0, pieces.before]) {
      const rates = [];
      for (let round = 0; round < rounds; round++) {
        rates.push(await framesOf(browser, slowdown, before));
      }
      console.log(
        `${slowdown}x CPU, after ${before} characters: ${median(rates).toFixed(0)} (${rates.map((rate) => rate.toFixed(0)).join(", ")})`,
      );
    }
  }
} finally {
  await browser.close();
  await demo.close();
  await model.close();
}
process.exit(0);

async function framesOf(from: Browser, slowdown: number, before: number): Promise<number> {
  const context = await from.newContext({
    baseURL: demo.url,
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
  try {
    const page = await context.newPage();
    return await streamedFrames(page, model, { ...pieces, before, slowdown });
  } finally {
    model.reset();
    await context.close();
  }
}
