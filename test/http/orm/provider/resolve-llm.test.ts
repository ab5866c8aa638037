import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it, vi } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

/** Starts a server that refuses every request, and notes where and with what headers it came. */
async function startGateway() {
  const requests: Pick<IncomingMessage, "url" | "headers">[] = [];
  const server = createServer(({ url, headers }, response) => {
    requests.push({ url, headers });
    response.writeHead(401, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  return { requests, base: `http://127.0.0.1:${port}/gateway` };
}

/** The settings of each provider, as options and as variables. */
const providers = [
  ["openai", "openaiApiKey", "openaiApiBase", "OPENAI_API_KEY", "OPENAI_API_BASE"],
  ["anthropic", "anthropicApiKey", "anthropicApiBase", "ANTHROPIC_API_KEY", "ANTHROPIC_API_BASE"],
  ["gemini", "geminiApiKey", "geminiApiBase", "GEMINI_API_KEY", "GEMINI_API_BASE"],
  ["deepseek", "deepseekApiKey", "deepseekApiBase", "DEEPSEEK_API_KEY", "DEEPSEEK_API_BASE"],
  ["mistral", "mistralApiKey", "mistralApiBase", "MISTRAL_API_KEY", "MISTRAL_API_BASE"],
  ["xai", "xaiApiKey", "xaiApiBase", "XAI_API_KEY", "XAI_API_BASE"],
  [
    "openrouter",
    "openrouterApiKey",
    "openrouterApiBase",
    "OPENROUTER_API_KEY",
    "OPENROUTER_API_BASE",
  ],
  ["ollama", null, "ollamaApiBase", null, "OLLAMA_API_BASE"],
  ["bedrock", "bedrockApiKey", "bedrockApiBase", "AWS_BEARER_TOKEN_BEDROCK", "BEDROCK_API_BASE"],
] as const;

describeDatabases(
  (_name, open) => {
    describe.each(providers)("%s", (provider, keyOption, baseOption, keyVariable, baseVariable) => {
      it.each(["options", "the environment"])(
        "is asked at the base URL from %s",
        async (source) => {
          const { prisma } = await open();
          const { base, requests } = await startGateway();
          const isOption = source === "options";
          vi.stubEnv(baseVariable, isOption ? undefined : base);
          if (keyVariable !== null) vi.stubEnv(keyVariable, isOption ? undefined : "sk-gateway");
          const llm = createLLM({
            provider,
            ...(isOption && { [baseOption]: base }),
            ...(isOption && keyOption !== null && { [keyOption]: "sk-gateway" }),
          });
          const chat = await createChat(prisma, llm, { model: "some-model" });
          for (const ask of [() => chat.ask("Hi"), () => readText(chat.askStream("Hi"))])
            expect(await failureOf(ask())).toMatchObject({ status: 401 });
          expect(requests.length).toBeGreaterThan(1);
          for (const { url, headers } of requests) {
            expect(url).toMatch(/^\/gateway\/\w/);
            if (keyOption !== null)
              expect(`${url} ${JSON.stringify(headers)}`).toContain("sk-gateway");
          }
        },
      );
    });

    it("is the provider's own without a setting", async () => {
      vi.stubEnv("ANTHROPIC_API_BASE", "");
      const llm = createLLM({ provider: "anthropic", anthropicApiKey: "sk-test" });
      const asked = vi
        .spyOn(globalThis, "fetch")
        .mockResolvedValue(new Response("{}", { status: 401 }));
      const { prisma } = await open();
      const chat = await createChat(prisma, llm, { model: "claude-3-7-sonnet" });
      await failureOf(chat.ask("Hi"));
      expect(asked.mock.calls.map(([url]) => url)).toEqual([
        "https://api.anthropic.com/v1/messages",
      ]);
      asked.mockRestore();
    });
  },
  ["sqlite"],
);
