import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import type { AnthropicBill } from "../../../../support/providers/anthropic-bill.ts";
import { AnthropicCache } from "../../../../support/providers/anthropic-bill.ts";
import { describeDatabases } from "../../../../support/databases/describe-databases.ts";
import {
  reachAnthropicAt,
  startAnthropicServer,
} from "../../../../support/providers/start-anthropic-server.ts";
import { tool } from "../../../../support/providers/tool.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const model = "claude-sonnet-4-5";
/** US dollars for a million input tokens, at core's prices. */
const price = 3;
const outputTokens = 100;
const outputCost = (outputTokens * 15) / 1_000_000;
const turns = 20;

function costOf(bill: AnthropicBill): number {
  const { input_tokens: input, cache_creation_input_tokens: written } = bill;
  return ((input + written * 1.25 + bill.cache_read_input_tokens * 0.1) * price) / 1_000_000;
}

/** A server that bills each request as Anthropic does. Each answer has about 100 tokens; each other one calls a tool. */
async function startBilling() {
  const cache = new AnthropicCache();
  const bills: AnthropicBill[] = [];
  const server = await startAnthropicServer((request) => {
    const bill = cache.bill(request);
    bills.push(bill);
    const usage = { ...bill, output_tokens: outputTokens };
    const last = request.messages.at(-1);
    const isAfterTool =
      typeof last?.content !== "string" &&
      last?.content.some((block) => block.type === "tool_result");
    const needsTool = JSON.stringify(last).includes("odd") && !isAfterTool;
    return needsTool
      ? { blocks: [{ tool: "look_up", id: `toolu_${bills.length}`, input: {} }], usage }
      : { blocks: [{ text: ["An answer. ".repeat(36)] }], usage };
  });
  closing.push(() => server.close(), reachAnthropicAt(server.origin));
  return { bills, server };
}

describeDatabases((_name, open) => {
  it.each([
    ["askStream", true],
    ["ask", false],
  ])("a chat of 20 turns costs at most half with prompt caching: %s", async (_method, isStream) => {
    const { prisma } = await open();
    const llm = createLLM({ provider: "anthropic", anthropicApiKey: "sk-ant-test" });
    const run = async (promptCaching: boolean | undefined): Promise<number> => {
      const { bills } = await startBilling();
      const chat = await createChat(prisma, llm, {
        model,
        instructions: "Answer from the handbook. ".repeat(60),
        tools: [tool("look_up", async () => "The handbook says so. ".repeat(20))],
        ...(promptCaching === undefined ? {} : { promptCaching }),
      });
      for (let turn = 0; turn < turns; turn++) {
        const question = `Question ${turn}, ${turn % 2 === 0 ? "even" : "odd"}.`;
        if (isStream) for await (const _ of chat.askStream(question));
        else await chat.ask(question);
      }
      const input = bills.reduce((sum, bill) => sum + costOf(bill), 0);
      const stats = await chat.stats();
      expect(stats.cost).toBeCloseTo(input + bills.length * outputCost, 4);
      expect(stats.cached_tokens).toBe(
        bills.reduce((sum, bill) => sum + bill.cache_read_input_tokens, 0),
      );
      return stats.cost ?? Number.NaN;
    };
    const [plain, cached] = [await run(false), await run(undefined)];
    expect(cached).toBeLessThan(plain / 2);
  });

  it("marks nothing in a short request", async () => {
    const { prisma } = await open();
    const { server } = await startBilling();
    const llm = createLLM({ provider: "anthropic", anthropicApiKey: "sk-ant-test" });
    const chat = await createChat(prisma, llm, { model, instructions: "Be brief." });
    await chat.ask("Hi");
    expect(JSON.stringify(server.requests)).not.toContain("cache_control");
  });
});
