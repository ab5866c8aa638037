import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { createLLM } from "@node-llm/core";
import { expect, it, onTestFinished, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { readStream } from "../../support/clients/read-stream.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { guideTrpc } from "../../support/guides/guide-trpc.ts";
import { openGuide } from "../../support/guides/open-guide.ts";
import { serveGuide } from "../../support/guides/serve-guide.ts";
import { startMcpServer } from "../../support/guides/start-mcp-server.ts";
import { codeBlocks } from "../../support/project/read-markdown-pages.ts";
import type { AppRouter } from "../../support/servers/create-app-router.ts";

interface Exports {
  readonly appRouter: AppRouter;
  readonly sharedTools: () => Promise<readonly { client: { close(): Promise<void> } }[]>;
}

const page = "docs/guides/mcp.md";

describeDatabases((_name, open) => {
  it("gives each user a connection that is closed with the answer, and all of them a server over stdio", async () => {
    const mcp = await startMcpServer();
    vi.stubEnv("MCP_URL", mcp.url);
    const { prisma } = await open();
    const provider = createScriptedProvider(({ messages }) =>
      messages.at(-1)?.role === "tool"
        ? [{ hold: true }, "Done."]
        : ["my_name", "get_year"].map((name, index) => ({ toolCall: { id: `${index}`, name } })),
    );
    const guide = await openGuide(page, {
      "server/llm": { llm: createLLM({ provider }) },
      "server/prisma": { prisma },
      "server/trpc": guideTrpc,
      "server/tokens": { tokenOf: async (userId: string) => `token-of-${userId}` },
    });
    const { appRouter } = await guide.load<Exports>("server/router.ts");
    const { sharedTools } = await guide.load<Exports>("server/shared-tools.ts");
    onTestFinished(async () => await (await sharedTools())[0]?.client.close());
    const server = await serveGuide(appRouter);
    for (const user of ["ada", "bob"]) {
      const client = server.client(user);
      const asked = provider.calls;
      const sent = await client.chat.send.mutate({ newChat: {}, content: "Who am I?" });
      await expect.poll(() => provider.holding).toBe(1);
      expect(mcp.open.size).toBe(1);
      provider.release();
      await readStream(client, { messageId: sent.assistantMessage.id });
      await expect.poll(() => mcp.open.size).toBe(0);
      const { items } = await client.chat.messages.query({
        chatId: sent.assistantMessage.chatId,
      });
      const [who, year] = items[1]?.toolCalls ?? [];
      expect(who?.result).toContain(`This is Bearer token-of-${user}`);
      expect(year?.result).toContain(String(new Date().getFullYear()));
      expect([who?.status, year?.status, items[1]?.content]).toEqual([
        "complete",
        "complete",
        "Done.",
      ]);
      expect(provider.calls).toBe(asked + 2);
    }
    expect(mcp.begun).toEqual(["Bearer token-of-ada", "Bearer token-of-bob"]);
    vi.unstubAllEnvs();
  });
});

it("shows the override without which npm refuses @node-llm/mcp, which this repository has, too", async () => {
  const text = await readFile(join(projectRoot, page), "utf8");
  const [shown] = codeBlocks({ path: page, text }).filter(({ language }) => language === "json");
  const manifest: unknown = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  expect(manifest).toMatchObject(JSON.parse(shown?.code ?? ""));
});
