import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { createAppClient } from "../../support/clients/create-app-client.ts";
import { openSession } from "../../support/clients/open-session.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { endLease } from "../../support/databases/end-lease.ts";
import { openGuide } from "../../support/guides/open-guide.ts";
import { startFunctions } from "../../support/guides/start-functions.ts";
import { startOpenAIServer } from "../../support/providers/start-openai-server.ts";
import { RedisServer } from "../../support/servers/redis-server.ts";

interface Settings {
  /** Without it, the database brings the events. */
  readonly redis?: boolean;
  /** Leaves a line of the guide out. */
  readonly without?: string;
}

/** Each request starts a process. */
const patience = { timeout: 30_000 };

describeDatabases(
  (_name, open) => {
    /** Runs the app of the guide in functions, with a model that pauses after its first word. */
    async function openApp({ redis = false, without }: Settings = {}) {
      const { url, prisma } = await open();
      let goOn = (): void => {};
      const pause = new Promise<void>((resolve) => (goOn = resolve));
      async function* pieces(): AsyncGenerator<string> {
        yield "One";
        await pause;
        yield ", two.";
      }
      const openAI = await startOpenAIServer(() => ({ pieces: pieces() }));
      onTestFinished(async () => {
        goOn();
        await openAI.close();
      });
      const server = redis ? await RedisServer.start() : null;
      onTestFinished(async () => await server?.stop());
      const fake = (name: string): string => `test/support/guides/${name}.ts`;
      const { folder } = await openGuide(
        "docs/guides/serverless.md",
        { "generated/prisma/client": { PrismaClient: null } },
        {
          packages: {
            "next/server": fake("fake-next-server"),
            "node-llm-trpc/adapters/fetch": "src/adapters/fetch.ts",
          },
        },
      );
      const client = join(projectRoot, "generated/postgresql/client.ts");
      await writeFile(join(folder, "generated/prisma/client.ts"), `export * from "${client}";`);
      const trpc = join(projectRoot, fake("fetch-trpc"));
      await writeFile(join(folder, "server/trpc.ts"), `export * from "${trpc}";`);
      if (without !== undefined) {
        const path = join(folder, "server/router.ts");
        const code = await readFile(path, "utf8");
        expect(code).toContain(without);
        await writeFile(path, code.replace(without, ""));
      }
      const functions = await startFunctions({
        route: join(folder, "app/api/trpc/[trpc]/route.ts"),
        env: {
          DATABASE_URL: url,
          OPENAI_API_KEY: "sk-test",
          OPENAI_API_BASE: openAI.baseUrl,
          ...(server && { REDIS_URL: server.url }),
        },
      });
      const { chat } = createAppClient(functions.url, "ada");
      const { id } = await chat.create.mutate({});
      const tab = await openSession(chat, id);
      const giveUp = async (): Promise<void> => await endLease(prisma, tab.newest()?.id ?? "");
      return { ...functions, goOn, tab, giveUp, requests: openAI.requests };
    }

    it.each([{ redis: false }, { redis: true }])(
      "docs/guides/serverless.md: an answer goes on after its request, and is read in other functions: %j",
      { timeout: 120_000 },
      async (settings) => {
        const { tab, goOn, ends } = await openApp(settings);
        await tab.session.send("Count");
        await expect.poll(() => tab.newest()?.content, patience).toBe("One");
        // The request is over, and its function is not.
        expect(ends).not.toContainEqual(expect.objectContaining({ procedure: "chat.send" }));
        goOn();
        await expect
          .poll(() => tab.newest(), patience)
          .toMatchObject({ content: "One, two.", status: "complete" });
        await expect
          .poll(() => ends, patience)
          .toContainEqual({ procedure: "chat.send", reason: "idle" });
      },
    );

    it(
      "docs/guides/serverless.md: an answer that is killed at the limit keeps its text, and Retry makes it again",
      { timeout: 120_000 },
      async () => {
        const { tab, goOn, giveUp, ends, requests, expire } = await openApp();
        await tab.session.send("Count");
        await expect.poll(() => tab.newest()?.content, patience).toBe("One");
        expire("chat.send");
        expect(ends).toContainEqual({ procedure: "chat.send", reason: "limit" });
        await giveUp();
        await expect
          .poll(() => tab.newest(), patience)
          .toMatchObject({ status: "interrupted", content: "One", error: { retryable: true } });
        goOn();
        await tab.session.actions.regenerate();
        await expect
          .poll(() => tab.newest(), patience)
          .toMatchObject({ status: "complete", content: "One, two." });
        expect(requests).toHaveLength(2);
      },
    );

    it(
      "docs/guides/serverless.md: a stream that is cut at the limit goes on in another function",
      { timeout: 120_000 },
      async () => {
        const { tab, goOn, ends, count, expire } = await openApp();
        await tab.session.send("Count");
        for (const cut of [1, 2]) {
          await expect.poll(() => tab.newest()?.content, patience).toBe("One");
          await expect.poll(() => count("chat.stream"), patience).toBe(cut);
          await expect.poll(() => tab.session.getState().connection, patience).toBe("live");
          expire("chat.stream");
        }
        expire("chat.watch");
        await expect.poll(() => count("chat.stream"), patience).toBe(3);
        await expect.poll(() => tab.session.getState().error, patience).toBeNull();
        goOn();
        await expect
          .poll(() => tab.newest(), patience)
          .toMatchObject({ status: "complete", content: "One, two." });
        expect(tab.texts).toEqual(["", "One", "One, two."]);
        expect(ends).toContainEqual({ procedure: "chat.stream", reason: "limit" });
      },
    );

    it(
      "docs/guides/serverless.md: without `background` the answer ends with its request",
      { timeout: 120_000 },
      async () => {
        const without = "    background: (answer) => after(answer),\n";
        const { tab, giveUp, ends } = await openApp({ without });
        await tab.session.send("Count");
        await expect
          .poll(() => ends, patience)
          .toContainEqual({ procedure: "chat.send", reason: "idle" });
        await giveUp();
        await expect.poll(() => tab.newest()?.status, patience).toBe("interrupted");
      },
    );
  },
  ["postgresql"],
);
