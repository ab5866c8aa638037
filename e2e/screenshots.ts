import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Browser } from "@playwright/test";
import { chromium } from "@playwright/test";

import { buildDemo } from "../scripts/lib/build-demo.ts";
import { ensureChromium } from "../scripts/lib/ensure-chromium.ts";
import { generateClients } from "../scripts/lib/generate-clients.ts";
import { projectRoot } from "../scripts/lib/project-root.ts";
import { runScript, SetupError } from "../scripts/lib/setup-error.ts";
import { conversationScenes } from "./screenshots/conversation-scenes.ts";
import { brokenScenes, emptyScenes, failingScenes, pageScenes } from "./screenshots/page-scenes.ts";
import type { Scene } from "./screenshots/scene.ts";
import { seedGallery } from "./screenshots/seed-gallery.ts";
import type { Gallery } from "./screenshots/seed-gallery.ts";
import { axeFindingsNow } from "./support/axe-findings.ts";
import { chromiumArgs } from "./support/chromium-args.ts";
import { ChatPage } from "./support/chat-page.ts";
import { overflowFindings } from "./support/overflow-findings.ts";
import { ScriptedModel } from "./support/scripted-model.ts";
import type { Demo } from "./support/start-demo.ts";
import { startDemo } from "./support/start-demo.ts";
import { tabFindings, tabStops } from "./support/tab-stops.ts";

const folder = join(projectRoot, "screenshots");
const devices = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;
/** What a page has to look good in: each device in both themes, and what some users set in their system or browser. */
const variants = [
  { name: "desktop-light", options: { ...devices.desktop, colorScheme: "light" } },
  { name: "desktop-dark", options: { ...devices.desktop, colorScheme: "dark" } },
  { name: "phone-light", options: { ...devices.phone, colorScheme: "light" } },
  { name: "phone-dark", options: { ...devices.phone, colorScheme: "dark" } },
  {
    name: "forced-colors",
    options: { ...devices.desktop, colorScheme: "dark", forcedColors: "active" },
  },
  {
    name: "zoom-200",
    options: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2, colorScheme: "light" },
  },
] as const;

/** What is wrong with the states, in words. */
const findings: string[] = [];

const noGallery: Gallery = { states: "", thinking: "", interrupted: "", long: "", listed: "" };

/**
 * Takes screenshots of every page and state of the demo in several variants, and saves them in `screenshots/`. Each is
 * inspected, too: by axe, for what sticks out of the window, and by a walk with Tab at the end of its scene. To take only some scenes, name them: `npm run screenshots -- home usage`.
 */
await runScript(async () => {
  const wanted = process.argv.slice(2);
  const pick = (scenes: Readonly<Record<string, Scene>>) =>
    Object.entries(scenes).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  const known = { ...emptyScenes, ...pageScenes, ...conversationScenes };
  const all = { ...known, ...brokenScenes, ...failingScenes };
  const unknown = wanted.filter((name) => !(name in all));
  if (unknown.length > 0) {
    const names = Object.keys(all).join(", ");
    throw new SetupError(`Unknown scene “${unknown.join("”, “")}”. Available scenes: ${names}.`);
  }

  await generateClients();
  await buildDemo();
  await mkdir(folder, { recursive: true });
  const model = await ScriptedModel.start();
  const executablePath = await ensureChromium();
  const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  const environment = {
    OPENAI_API_KEY: "sk-test",
    OPENAI_API_BASE: model.baseUrl,
    NODELLM_MODEL: "gpt-4o-mini,gpt-4o",
  };
  const shoot = async (
    scenes: readonly (readonly [string, Scene])[],
    prepare: (demo: Demo) => Promise<Gallery>,
  ): Promise<void> => {
    if (scenes.length === 0) return;
    const demo = await startDemo(environment);
    try {
      const gallery = await prepare(demo);
      for (const [name, scene] of scenes)
        await takeEach(name, scene, browser, demo, model, gallery);
    } finally {
      await demo.close();
    }
  };

  try {
    await shoot(pick(emptyScenes), async () => noGallery);
    await shoot(
      [...pick(pageScenes), ...pick(conversationScenes)],
      async ({ prisma }) => await seedGallery(prisma),
    );
    await shoot(pick(brokenScenes), async (demo) => await dropChats(demo));
    await shoot(pick(failingScenes), async (demo) => {
      // The server finds its tables before they are dropped.
      await fetch(demo.url);
      return await dropChats(demo);
    });
  } finally {
    await browser.close();
    await model.close();
  }
  if (findings.length > 0) throw new SetupError(`Found:\n${findings.join("\n")}`);
});

async function dropChats({ prisma }: Demo): Promise<Gallery> {
  await prisma.$executeRawUnsafe("PRAGMA foreign_keys = OFF");
  await prisma.$executeRawUnsafe('DROP TABLE "LlmChat"');
  return noGallery;
}

function note(where: string, found: readonly string[]): void {
  for (const finding of found) {
    findings.push(`${where}: ${finding}`);
    console.log(`  ${finding}`);
  }
}

async function takeEach(
  sceneName: string,
  scene: Scene,
  browser: Browser,
  demo: Demo,
  model: ScriptedModel,
  gallery: Gallery,
): Promise<void> {
  for (const variant of variants) {
    model.reset();
    const context = await browser.newContext({
      ...variant.options,
      baseURL: demo.url,
      locale: "en-US",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const take = async (name: string): Promise<void> => {
      const path = join(folder, `${name}-${variant.name}.png`);
      await page.screenshot({ path, animations: "disabled" });
      console.log(path.slice(projectRoot.length + 1));
      note(`${name}-${variant.name}`, [
        ...(await axeFindingsNow(page, { isForced: "forcedColors" in variant.options })),
        ...(await overflowFindings(page)),
      ]);
    };
    await scene({ page, chat: new ChatPage(page), model, gallery, take });
    note(`${sceneName}-${variant.name}, by Tab`, tabFindings(await tabStops(page)));
    await context.close();
  }
}
