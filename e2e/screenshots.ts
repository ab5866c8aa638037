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
import { chromiumArgs } from "./support/chromium-args.ts";
import { ChatPage } from "./support/chat-page.ts";
import { ScriptedModel } from "./support/scripted-model.ts";
import type { Demo } from "./support/start-demo.ts";
import { startDemo } from "./support/start-demo.ts";

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

const noGallery: Gallery = { states: "", thinking: "", interrupted: "", long: "", listed: "" };

/**
 * Takes screenshots of every page and state of the demo in several variants, and saves them in `screenshots/`. To take only some scenes, name them: `npm run screenshots -- home usage`.
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
      for (const [, scene] of scenes) await takeEach(scene, browser, demo, model, gallery);
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
});

async function dropChats({ prisma }: Demo): Promise<Gallery> {
  await prisma.$executeRawUnsafe("PRAGMA foreign_keys = OFF");
  await prisma.$executeRawUnsafe('DROP TABLE "LlmChat"');
  return noGallery;
}

async function takeEach(
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
    };
    await scene({ page, chat: new ChatPage(page), model, gallery, take });
    await context.close();
  }
}
