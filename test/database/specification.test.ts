import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { DatabaseProvider } from "../../scripts/lib/database-provider.ts";
import type { SchemaDatabase } from "../support/databases/describe-schema.ts";
import { describeSchema } from "../support/databases/describe-schema.ts";
import type { OpenAIAnswer, OpenAIRequest } from "../support/providers/start-openai-server.ts";
import { startOpenAIServer } from "../support/providers/start-openai-server.ts";
import { writeSampleApp } from "../support/project/write-sample-app.ts";
import { generateSchemaClient } from "../support/databases/generate-schema-client.ts";
import {
  extendedModels,
  renameModels,
  specificationBlocks,
  specificationModels,
} from "../support/databases/specification-models.ts";

/** The renamed models are there for the example with custom table names. */
const schemas = [
  [
    "the specification's schema",
    specificationModels + renameModels(specificationModels),
    ["sqlite", "postgresql"],
  ],
  ["the extended schema", extendedModels + renameModels(extendedModels), ["sqlite"]],
] as const;

const blocks = specificationBlocks("typescript");

describe("the specification's document", () => {
  it("has the code blocks that this suite expects", () => {
    expect(specificationBlocks("prisma")).toHaveLength(1);
    expect(blocks).toHaveLength(7);
  });

  it("has code that compiles under strict", async () => {
    const client = await generateSchemaClient(schemas[0][1], "sqlite");
    const app = await writeSampleApp(blocks, client.folder, "sqlite");
    try {
      expect(await app.compile()).toEqual({ code: 0, output: "" });
    } finally {
      await app.remove();
    }
  });
});

for (const [title, models, databases] of schemas) {
  const suite = (open: () => Promise<SchemaDatabase>, database: DatabaseProvider): void => {
    it("runs, block after block", async () => {
      const { url, prisma, model } = await open();
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      await createChat(prisma, llm, { id: "chat-uuid-123", model: "gpt-4o" });
      const priced = { chatId: "chat-uuid-123", provider: "openai", model: "gpt-4o", duration: 1 };
      const counted = { statusCode: 200, inputTokens: 120, outputTokens: 34, cost: 0.25 };
      await model("LlmRequest").createMany({ data: [{ ...priced, ...counted }] });

      const server = await startOpenAIServer(answer);
      const { folder } = await generateSchemaClient(models, database);
      const app = await writeSampleApp(blocks, folder, database);
      try {
        const printed = await app.run({
          DATABASE_URL: url,
          // Core has no setting for Anthropic's URL, so OpenAI's format is used for the claude models too.
          NODELLM_PROVIDER: "openai",
          OPENAI_API_KEY: "sk-test",
          OPENAI_API_BASE: server.baseUrl,
        });
        expect(printed).toEqual([
          "",
          "",
          "The capital of France is Paris.\n12\n",
          "Once upon a time, the end.",
          "Input Tokens: 120\nOutput Tokens: 34\nTotal Cost: $0.25\n",
          "",
          "",
        ]);
      } finally {
        await app.remove();
        await server.close();
      }

      const claude = server.requests.filter((request) => request.model === "claude-3-7-sonnet");
      expect(claude.map(({ messages }) => messages[0])).toEqual(
        claude.map(() => ({ role: "system", content: "You are a helpful assistant." })),
      );
      const rows = await model("LlmMessage").findMany({ where: {}, orderBy: { createdAt: "asc" } });
      expect(rows.map((row) => [row["role"], row["content"], row["modelId"]])).toEqual([
        ["user", "What is the capital of France?", null],
        ["assistant", "The capital of France is Paris.", "claude-3-7-sonnet"],
        ["user", "Solve this logical puzzle", null],
        ["assistant", "It is solved.", "claude-3-7-sonnet"],
        ["user", "Tell me a long story", null],
        ["assistant", "Once upon a time, the end.", "claude-3-7-sonnet"],
      ]);
      const chats = await model("AssistantChat").findMany({ where: {} });
      expect(chats.map((row) => row["model"])).toEqual(["gpt-4o", "gpt-4o"]);
      expect(await model("AssistantToolCall").findMany({ where: {} })).toMatchObject([
        { name: "get_weather", arguments: '{"city":"London"}', result: "Rain in London" },
      ]);
      expect(
        await model("AssistantMessage").findMany({ where: { role: "assistant" } }),
      ).toMatchObject([{ content: "It rains in London.", inputTokens: 24, outputTokens: 14 }]);
      expect(await model("AssistantRequest").findMany({ where: {} })).toHaveLength(2);
      expect(await model("LlmToolCall").findMany({ where: {} })).toEqual([]);
    });
  };
  describeSchema(`the specification's code, on ${title}`, models, suite, databases);
}

function answer(request: OpenAIRequest): OpenAIAnswer {
  const usage = { prompt_tokens: 12, completion_tokens: 7 };
  const last = request.messages.at(-1);
  if (last?.role === "tool") return { text: ["It rains in London."], usage };
  switch (last?.content) {
    case "What is the capital of France?":
      return { text: ["The capital of France is Paris."], usage };
    case "Solve this logical puzzle":
      return { text: ["It is solved."], usage };
    case "Tell me a long story":
      return { text: ["Once upon a time, ", "the end."], usage };
    case "How is the weather in London?":
      return {
        toolCalls: [{ id: "call_1", name: "get_weather", arguments: '{"city":"London"}' }],
        usage,
      };
    default:
      return { status: 400 };
  }
}
