import { stat } from "node:fs/promises";
import { join } from "node:path";

import { chromium, expect } from "@playwright/test";

import { buildDemo } from "../scripts/lib/build-demo.ts";
import { ensureChromium } from "../scripts/lib/ensure-chromium.ts";
import { generateClients } from "../scripts/lib/generate-clients.ts";
import { projectRoot } from "../scripts/lib/project-root.ts";
import { runScript, SetupError } from "../scripts/lib/setup-error.ts";
import { encodeFrames } from "./animation/encode-frames.ts";
import { recordFrames } from "./animation/record-frames.ts";
import { ChatPage } from "./support/chat-page.ts";
import { chromiumArgs } from "./support/chromium-args.ts";
import { startDemo } from "./support/start-demo.ts";

const file = join(projectRoot, "docs/images/kill-and-retry.webp");
const maxBytes = 3_000_000;
const tabSize = { width: 560, height: 520 };
/** How long the animation takes at most: it is played faster when the tabs took longer, in milliseconds. */
const maxDuration = 12_000;
const question = "What happens when the process is killed?";

/** Makes the animation of the README: two tabs show an answer whose server is killed, and then its retry. */
await runScript(async () => {
  await generateClients();
  await buildDemo();
  const executablePath = await ensureChromium();
  const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  const demo = await startDemo({});
  try {
    const context = await browser.newContext({ viewport: tabSize, colorScheme: "light" });
    const [first, second] = [await context.newPage(), await context.newPage()];
    const [one, two] = [new ChatPage(first), new ChatPage(second)];
    for (const chat of [one, two]) await chat.goto(demo.url);
    const recorder = recordFrames([first, second], 1_300);
    recorder.say("one question …");
    await one.composer.pressSequentially(question, { delay: 30 });
    await one.sendButton.click();
    await expect(one.text(one.answer)).toContainText(/\w{3}/);
    recorder.say("… two tabs, one stream");
    await two.goto(first.url());
    const lengthOf = async (): Promise<number> =>
      ((await two.text(two.answer).first().textContent()) ?? "").length;
    const begun = await lengthOf();
    await expect.poll(lengthOf, { intervals: [50] }).toBeGreaterThan(begun + 120);
    recorder.say("$ kill -9 $SERVER");
    await demo.restart();
    recorder.say("restarted: no word is lost");
    for (const chat of [one, two])
      await expect(chat.answer).toHaveAttribute("data-status", "interrupted", { timeout: 60_000 });
    await first.waitForTimeout(1_300);
    recorder.say("Retry works");
    await one.retryButton.click();
    await expect(one.answer).toHaveAttribute("data-status", "complete", { timeout: 60_000 });
    await expect(two.answer).toHaveAttribute("data-status", "complete", { timeout: 60_000 });
    const recorded = await recorder.stop();
    const duration = recorded.reduce((sum, { delay }) => sum + delay, 0);
    const pace = Math.max(1, duration / maxDuration);
    const frames = recorded.map((frame) => ({ ...frame, delay: frame.delay / pace }));
    await encodeFrames(frames, tabSize, file);
    const seconds = duration / pace / 1_000;
    const { size } = await stat(file);
    console.log(`${file}: ${frames.length} frames, ${seconds.toFixed(1)} s, ${size} bytes`);
    if (size > maxBytes)
      throw new SetupError(`The animation has more than ${maxBytes} bytes. Lower its quality.`);
  } finally {
    await browser.close();
    await demo.close();
  }
});
