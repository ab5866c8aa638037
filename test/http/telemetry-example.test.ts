import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import type { ChatRouterEvent } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../support/clients/read-stream.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { measurements, recordedSpans } from "../support/fakes/fake-opentelemetry.ts";
import { importExample } from "../support/project/import-example.ts";
import { tool } from "../support/providers/tool.ts";

/** The export of the example in docs/operations.md. `test/docs-examples.test.ts` tests that it compiles. */
interface Example {
  readonly traceChat: (event: ChatRouterEvent) => void;
}

describeDatabases(
  (_name, open) => {
    it("turns an answer into the spans and metrics of OpenTelemetry's conventions", async () => {
      const { traceChat } = await importExample<Example>(
        "docs/operations.md",
        "server/chat-telemetry.ts",
        { "@opentelemetry/api": "test/support/fakes/fake-opentelemetry.ts" },
      );
      const { prisma } = await open();
      const scripts = [
        [
          "Let me look. ",
          { toolCall: { id: "t1", name: "look" } },
          { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, cost: 0.5 } },
        ],
        ["Half", { error: Object.assign(new Error("secret"), { status: 429 }) }],
      ];
      const provider = createScriptedProvider(scripts, { id: "mistral" });
      const server = await startChatServer(prisma, createLLM({ provider }), {
        tools: [tool("look", async () => "a thing")],
        onEvent: traceChat,
        onError: () => undefined,
      });
      const client = server.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const { assistantMessage } = await client.chat.send.mutate({ chatId, content: "Hi" });
      await readStream(client, { messageId: assistantMessage.id });
      await expect.poll(() => recordedSpans.every((span) => span.isEnded)).toBe(true);

      expect(recordedSpans.map(({ name, kind, error }) => [name, kind, error])).toEqual([
        ["invoke_agent", 0, "RATE_LIMITED"],
        ["chat scripted-model", 2, null],
        ["execute_tool look", 0, null],
        ["chat scripted-model", 2, "RATE_LIMITED"],
      ]);
      const [turn, request, call, failure] = recordedSpans;
      for (const span of [request, call, failure]) expect(span?.parent).toBe(turn);
      const shared = {
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "scripted-model",
        "gen_ai.conversation.id": chatId,
        "chat.message.id": assistantMessage.id,
      };
      expect(turn?.attributes).toMatchObject({
        ...shared,
        "gen_ai.operation.name": "invoke_agent",
        "chat.turn.status": "turnFailed",
        "error.type": "RATE_LIMITED",
      });
      expect(request?.attributes).toMatchObject({
        ...shared,
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 2,
        "gen_ai.response.time_to_first_chunk": expect.any(Number),
        "http.response.status_code": 200,
        "chat.cost": 0.5,
      });
      expect(call?.attributes).toMatchObject({
        ...shared,
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look",
        "gen_ai.tool.call.id": "t1",
      });
      expect(failure?.attributes).toMatchObject({
        "http.response.status_code": 429,
        "error.type": "RATE_LIMITED",
      });
      const units = new Map(measurements.map(({ name, unit }) => [name, unit]));
      expect(Object.fromEntries(units)).toEqual({
        "gen_ai.invoke_agent.duration": "s",
        "gen_ai.client.inference.duration": "s",
        "gen_ai.client.inference.time_to_first_chunk": "s",
        "gen_ai.execute_tool.duration": "s",
        "gen_ai.client.inference.usage.input_tokens": null,
        "gen_ai.client.inference.usage.output_tokens": null,
        "chat.subscriptions": null,
      });
      // Attributes that differ for each chat belong on spans only.
      for (const { attributes } of measurements)
        expect(JSON.stringify(attributes)).not.toContain(chatId);
      expect(JSON.stringify([recordedSpans[0]?.attributes, measurements])).not.toContain("secret");
    });
  },
  ["sqlite"],
);
