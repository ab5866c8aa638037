import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";
import { z } from "zod";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ChatRow } from "../../orm/database/rows.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";
import { defineTool } from "../tools/define-tool.ts";
import { CleanUps } from "./clean-ups.ts";
import { createTurnSettings } from "./create-turn-settings.ts";

const llm = createLLM({ provider: createScriptedProvider("Fine.") });

const chat: ChatRow = {
  id: "chat",
  model: null,
  provider: null,
  instructions: null,
  metadata: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

function settings(
  options: Partial<ChatRouterOptions<null>> = {},
  row: Partial<ChatRow> = {},
): ReturnType<typeof createTurnSettings> {
  const connect = (): Promise<void> => Promise.resolve();
  const given = { prisma: { $connect: connect, $disconnect: connect }, llm };
  const everyone = { scope: "everyone" } as const;
  return createTurnSettings(
    { ...given, ...everyone, ...options },
    { ctx: null, chat: { ...chat, ...row }, model: "m" },
    new CleanUps(),
  );
}

it("adds the chat's own instructions to those of the router, and prefers its temperature", async () => {
  const router = { instructions: "Be brief.", temperature: 0.2 };
  expect(await settings()).toMatchObject({ model: "m", instructions: [], onFailure: "keep" });
  expect(await settings(router)).toMatchObject({
    instructions: ["Be brief."],
    options: { temperature: 0.2 },
  });
  expect(await settings(router, { instructions: "Rhyme.", temperature: 1 })).toMatchObject({
    instructions: ["Be brief.", "Rhyme."],
    options: { temperature: 1 },
  });
  expect(await settings({}, { instructions: "Rhyme." })).toMatchObject({
    instructions: ["Rhyme."],
  });
});

it("refuses limits of the history that are no numbers", async () => {
  await expect(settings({ context: () => ({ maxTokens: Number.NaN }) })).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringContaining("createChatRouter: `context`: `maxTokens` is NaN"),
  });
});

it.each([{ timeout: -1 }, () => ({ timeout: -1 })])(
  "refuses a timeout of titles that is no time",
  async (titles) => {
    await expect(settings({ titles })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("createChatRouter: `titles`: `timeout` is -1"),
    });
  },
);

it("needs no approval in a dry run", async () => {
  const call = { id: "c", type: "function", function: { name: "pay", arguments: "{}" } } as const;
  const begins = async (options: Partial<ChatRouterOptions<null>>) =>
    (await settings(options)).judgeCall?.(call, "m1");
  const pay = defineTool({
    name: "pay",
    description: "Pays",
    inputSchema: z.object({}),
    needsApproval: true,
    execute: () => "paid",
  });
  expect(await begins({})).toBe("running");
  for (const held of [{ needsApproval: ["pay"] }, { tools: [pay] }]) {
    expect(await begins(held)).toBe("awaiting_approval");
    expect(await begins({ ...held, toolExecution: "dry-run" })).toBe("running");
  }
});
