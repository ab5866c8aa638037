import { expect, test as base } from "@playwright/test";

import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { ChatPage } from "./chat-page.ts";
import { PageProblems } from "./page-problems.ts";
import { ScriptedModel } from "./scripted-model.ts";
import type { Demo } from "./start-demo.ts";
import { startDemo } from "./start-demo.ts";

interface TestFixtures {
  readonly problems: PageProblems;
  readonly chat: ChatPage;
  readonly model: ScriptedModel;
  readonly db: PrismaClient;
}

interface WorkerFixtures {
  /** Which model the server has: the scripted one over OpenAI's format, or the demo's own. */
  readonly provider: "scripted" | "offline";
  readonly scripted: ScriptedModel | null;
  readonly demo: Demo;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  provider: ["scripted", { option: true, scope: "worker" }],

  scripted: [
    async ({ provider }, use) => {
      const model = provider === "scripted" ? await ScriptedModel.start() : null;
      await use(model);
      await model?.close();
    },
    { scope: "worker" },
  ],

  demo: [
    async ({ scripted }, use) => {
      const demo = await startDemo(
        scripted === null
          ? { OFFLINE_WORDS_PER_SECOND: "400" }
          : { OPENAI_API_KEY: "sk-test-secret", OPENAI_API_BASE: scripted.baseUrl },
      );
      await use(demo);
      await demo.close();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ demo }, use) => await use(demo.url),

  problems: [
    async ({ context, demo }, use) => {
      const problems = new PageProblems(context, demo.url);
      await use(problems);
      expect(problems.list(), "errors in the browser").toEqual([]);
      expect(demo.takeErrors(), "errors of the server").toBe("");
    },
    { auto: true },
  ],

  chat: async ({ page }, use) => await use(new ChatPage(page)),

  model: async ({ scripted }, use) => {
    if (scripted === null) throw new Error('Only for tests with provider: "scripted".');
    scripted.reset();
    await use(scripted);
    scripted.reset();
  },

  db: async ({ demo }, use) => await use(demo.prisma),
});

export { expect };
