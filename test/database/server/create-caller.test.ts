import { createLLM } from "@node-llm/core";
import { isTrackedEnvelope } from "@trpc/server";
import { expect, it } from "vitest";
import { z } from "zod";

import type { ChatEvent, ChatNotice } from "node-llm-trpc/server";
import { defineTool } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { applyEvents } from "../../support/clients/apply-events.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { createAppRouter } from "../../support/servers/create-app-router.ts";

const look = defineTool({
  name: "look",
  description: "Looks",
  inputSchema: z.object({}),
  execute: (_input, { writeData }) => {
    writeData({ name: "seen", id: "s1", data: { celsius: 3 } });
    return { celsius: 3 };
  },
});

describeDatabases((_name, open) => {
  it("gives a caller in the process what the types of stream and watch say", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([
      [{ hold: true }, "Let me look. ", { hold: true }, { toolCall: { id: "c1", name: "look" } }],
      ['{"city":"Os', { hold: true }, 'lo"}'],
    ]);
    const router = createAppRouter(prisma, createLLM({ provider }), {
      tools: [look],
      data: { seen: z.object({ celsius: z.number() }) },
      schema: z.object({ city: z.string() }),
    });
    const { chat } = router.createCaller({ userId: "u1" });
    const { id: chatId } = await chat.create({});
    const notices: ChatNotice[] = [];
    const ids: string[] = [];
    const watching = (async () => {
      for await (const notice of await chat.watch({ chatId })) {
        expect(isTrackedEnvelope(notice)).toBe(true);
        const { id, data } = notice;
        ids.push(id);
        notices.push(data);
        if (data.type === "chatDeleted") return;
      }
    })();
    await expect.poll(() => notices).toMatchObject([{ type: "state", newestId: null }]);

    const { assistantMessage } = await chat.send({ chatId, content: "Hi" });
    const messageId = assistantMessage.id;
    await provider.waitForHold();
    const events: ChatEvent[] = [];
    for await (const event of await chat.stream({ messageId })) {
      expect(isTrackedEnvelope(event)).toBe(true);
      ids.push(event.id);
      events.push(event.data);
      // The next comes when this was read, so that there is one of each.
      if (["snapshot", "text", "object"].includes(event.data.type)) provider.release();
    }
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(["snapshot", "text", "tool", "data", "object", "done"]),
    );
    expect(ids.every((id) => typeof id === "string" && id !== "")).toBe(true);
    const { items } = await chat.messages({ chatId });
    expect(applyEvents(assistantMessage, events)).toEqual(items.at(-1));
    expect(items.at(-1)).toMatchObject({ status: "complete", object: { city: "Oslo" } });

    const finished = { type: "finished", messageId };
    await expect.poll(() => notices).toContainEqual(finished);
    await chat.delete({ chatId });
    await watching;
    expect(notices.at(-1)).toEqual({ type: "chatDeleted" });
  });
});
