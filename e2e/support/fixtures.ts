import { expect, test as base } from "@playwright/test";

import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { ChatPage } from "./chat-page.ts";
import { Network } from "./network.ts";
import { PageProblems } from "./page-problems.ts";
import { ScriptedModel } from "./scripted-model.ts";
import type { Demo } from "./start-demo.ts";
import { startDemo } from "./start-demo.ts";

interface TestFixtures {
  /** Fails the test if anything went wrong unnoticed in the browser or on the server. */
  readonly problems: PageProblems;
  readonly chat: ChatPage;
  readonly model: ScriptedModel;
  readonly network: Network;
  readonly db: PrismaClient;
}

interface WorkerFixtures {
  /** The server's model: one that the test scripts in OpenAI's format, or the demo's offline model. */
  readonly provider: "scripted" | "offline";
  /** Serves the production build, or the sources as `npm run dev` does. */
  readonly command: "start" | "dev";
  readonly scripted: ScriptedModel | null;
  readonly demo: Demo;
  readonly wire: Network;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  provider: ["scripted", { option: true, scope: "worker" }],

  command: ["start", { option: true, scope: "worker" }],

  scripted: [
    async ({ provider }, provide) => {
      const model = provider === "scripted" ? await ScriptedModel.start() : null;
      await provide(model);
      await model?.close();
    },
    { scope: "worker" },
  ],

  demo: [
    async ({ scripted, command }, provide) => {
      const environment: Record<string, string> =
        scripted === null
          ? { OFFLINE_WORDS_PER_SECOND: "400" }
          : {
              OPENAI_API_KEY: "sk-test-secret",
              OPENAI_API_BASE: scripted.baseUrl,
              NODELLM_MODEL: "gpt-4o-mini,gpt-4o",
            };
      const demo = await startDemo(environment, command);
      await provide(demo);
      await demo.close();
    },
    { scope: "worker" },
  ],

  wire: [
    async ({ demo }, provide) => {
      const wire = await Network.start(demo.url);
      await provide(wire);
      await wire.close();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ wire }, provide) => await provide(wire.url),

  network: async ({ wire }, provide) => {
    await provide(wire);
    wire.restore();
  },

  problems: [
    async ({ context, demo, wire }, provide) => {
      const problems = new PageProblems(context, wire.url);
      await provide(problems);
      const errors = demo.takeErrors();
      if (errors !== "") problems.add(`server: ${errors}`);
      expect(problems.list()).toEqual([]);
    },
    { auto: true },
  ],

  chat: async ({ page }, provide) => await provide(new ChatPage(page)),

  model: async ({ scripted }, provide) => {
    if (scripted === null) throw new Error('Only for tests with provider: "scripted".');
    scripted.reset();
    await provide(scripted);
    scripted.reset();
  },

  db: async ({ demo }, provide) => await provide(demo.prisma),
});

/** For tests that don't depend on the window size. They run on desktop only. */
export const anySize = { tag: "@any-size" };

export { expect };
