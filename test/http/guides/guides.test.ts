import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { NodeLLMCore } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import type { ChatMessage } from "node-llm-trpc/server";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { expect, it, onTestFinished, vi } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import { readStream } from "../../support/clients/read-stream.ts";
import type { OpenDatabase } from "../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { guideTrpc } from "../../support/guides/guide-trpc.ts";
import { openGuide } from "../../support/guides/open-guide.ts";
import { serveGuide } from "../../support/guides/serve-guide.ts";
import { codeBlocks } from "../../support/project/read-markdown-pages.ts";
import type { AppRouter } from "../../support/servers/create-app-router.ts";
import { sourceFiles } from "../../support/project/source-files.ts";
import { startOpenAIServer } from "../../support/providers/start-openai-server.ts";

type Client = Awaited<ReturnType<typeof serveGuide>>["client"] extends (user: string) => infer C
  ? C
  : never;

/** The exports of the guides' files. `test/docs-examples.test.ts` tests that they compile. */
interface Exports {
  readonly appRouter: AppRouter;
  readonly askForMessage: (client: Client, content: string) => Promise<ChatMessage | undefined>;
  readonly tokensByUser: (client: Client) => Promise<{ scope: string; tokens: number }[]>;
  readonly llm: NodeLLMCore;
  readonly tenantLLM: NodeLLMCore;
}

async function openApp(page: string, open: OpenDatabase, script: Scripts) {
  const { prisma } = await open();
  const provider = createScriptedProvider(script);
  const guide = await openGuide(page, {
    "server/llm": { llm: createLLM({ provider }) },
    "server/prisma": { prisma },
    "server/trpc": guideTrpc,
  });
  const { appRouter } = await guide.load<Exports>("server/router.ts");
  return { guide, provider, ...(await serveGuide(appRouter)) };
}

describeDatabases(
  (_name, open) => {
    it("docs/guides/message.md shows the message that its code gets", async () => {
      const page = "docs/guides/message.md";
      const { guide, client } = await openApp(page, open, [
        [
          { thinking: { text: "I have to look." } },
          "Let me look. ",
          { toolCall: { id: "call_1", name: "get_weather", arguments: { city: "Oslo" } } },
          { usage: { input_tokens: 60, output_tokens: 20, total_tokens: 80 } },
        ],
        ["It is 3 °C.", { usage: { input_tokens: 90, output_tokens: 8, total_tokens: 98 } }],
      ]);
      const { askForMessage } = await guide.load<Exports>("client/ask-for-message.ts");
      const message = await askForMessage(client("ada"), "How cold is it in Oslo?");
      const text = await readFile(join(projectRoot, page), "utf8");
      const shown: ChatMessage = JSON.parse(
        codeBlocks({ path: page, text }).find(({ language }) => language === "json")?.code ?? "",
      );
      expect(message?.siblingIds).toEqual([message?.id]);
      expect(Date.parse(message?.finishedAt ?? "")).toBeGreaterThan(0);
      const { id, chatId, parentId, siblingIds, createdAt, finishedAt } = shown;
      const theirs = { id, chatId, parentId, siblingIds, createdAt, finishedAt };
      expect({ ...message, ...theirs }).toEqual(shown);
    });

    it("docs/guides/quotas.md holds a free user to the budget and the models of the plan", async () => {
      const usage = { usage: { input_tokens: 15_000, output_tokens: 6_000, total_tokens: 21_000 } };
      const { guide, client } = await openApp("docs/guides/quotas.md", open, () => ["Yes.", usage]);
      const [ada, admin] = [client("ada"), client("admin")];
      const ask = async (caller: Client, model?: string) => {
        const input = { newChat: {}, content: "Is it there?" };
        const sent = await caller.chat.send.mutate({ ...input, ...(model && { model }) });
        await readStream(caller, { messageId: sent.assistantMessage.id });
      };
      await expect(ask(ada, "gpt-4o")).rejects.toThrow("gpt-4o is part of the paid plan.");
      await ask(ada);
      await expect(ask(ada)).rejects.toMatchObject({
        data: { code: "TOO_MANY_REQUESTS" },
        message: expect.stringMatching(/20\S+Z/),
      });
      await ask(admin, "gpt-4o");
      await ask(admin);
      const { tokensByUser } = await guide.load<Exports>("client/spending.ts");
      expect((await tokensByUser(admin)).toSorted((a, b) => a.tokens - b.tokens)).toEqual([
        { scope: '{"userId":"ada"}', tokens: 21_000 },
        { scope: '{"userId":"admin"}', tokens: 42_000 },
      ]);
    });
  },
  ["sqlite"],
);

it("docs/guides/testing.md: the tests pass", { timeout: 120_000 }, async () => {
  const { folder } = await openGuide("docs/guides/testing.md", {
    "generated/prisma/client": { PrismaClient: null },
  });
  const client = join(projectRoot, "generated/sqlite/client.ts");
  await writeFile(join(folder, "generated/prisma/client.ts"), `export * from "${client}";`);
  await writeFile(join(folder, "vitest.config.ts"), "export default {};");
  const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter", "json"];
  const env = { VITEST: "", VITEST_POOL_ID: "", VITEST_WORKER_ID: "" };
  const { output, code } = await runCommand(process.execPath, args, {
    cwd: folder,
    quiet: true,
    env,
  });
  expect(code, output).toBe(0);
  expect(output).toContain('"numPassedTests":5');
});

it("docs/guides/environment-variables.md: createLLM reads them", async () => {
  const server = await startOpenAIServer(() => ({ text: ["Yes."] }));
  onTestFinished(async () => await server.close());
  vi.stubEnv("OPENAI_API_KEY", "sk-test");
  vi.stubEnv("OPENAI_API_BASE", server.baseUrl);
  vi.stubEnv("TENANT_OPENAI_KEY", "sk-tenant");
  vi.stubEnv("TENANT_OPENAI_URL", server.baseUrl);
  onTestFinished(() => void vi.unstubAllEnvs());
  const guide = await openGuide("docs/guides/environment-variables.md");
  const { llm } = await guide.load<Exports>("server/llm.ts");
  const { tenantLLM } = await guide.load<Exports>("server/tenant-llm.ts");
  expect((await llm.chat().ask("Are you there?")).toString()).toBe("Yes.");
  vi.stubEnv("OPENAI_API_BASE", "http://127.0.0.1:1/");
  expect((await tenantLLM.chat("gpt-4o").ask("Are you there?")).toString()).toBe("Yes.");
  expect(server.requests.map(({ model }) => model)).toEqual(["gpt-4o-mini", "gpt-4o"]);
});

it("docs/guides/environment-variables.md names every variable that the package reads", async () => {
  const page = await readFile(join(projectRoot, "docs/guides/environment-variables.md"), "utf8");
  const [, table = ""] = /\n(\| variable [^]*?)\n\n/.exec(page) ?? [];
  const isOfApp = /^src\/(app|instrumentation|proxy)/;
  const files = (await sourceFiles()).filter((path) => !isOfApp.test(path));
  const names = new Set<string>();
  for (const path of files) {
    const code = await readFile(join(projectRoot, path), "utf8");
    for (const [, name = ""] of code.matchAll(/\benv(?:\.|\[")([A-Z][A-Z_]+)/g)) names.add(name);
  }
  // A comment calls a variable so.
  names.delete("NAME");
  // These are read by their names in a list.
  for (const name of ["VERCEL", "NETLIFY", "AWS_LAMBDA_FUNCTION_NAME"]) names.add(name);
  expect([...names]).toContain("NODELLM_PROVIDER");
  expect([...names].filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});
