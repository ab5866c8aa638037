import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ChatServer } from "../support/servers/start-chat-server.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { openSession } from "../support/clients/open-session.ts";
import { tool } from "../support/providers/tool.ts";

const links = {
  httpSubscriptionLink: (server: ChatServer) => server.client("u1").chat,
  wsLink: (server: ChatServer) => server.webSocketClient("u1").chat,
};

describeDatabases((_name, open) => {
  describe.each(Object.entries(links))("the hooks over %s", (_link, connect) => {
    it("stream an answer to its end, in the tab that sent the question and in another one", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["Hello", { hold: true }, " there"]]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const { id } = await server.client("u1").chat.create.mutate({});
      const [one, two] = [
        await openSession(connect(server), id),
        await openSession(connect(server), id),
      ];
      const sent = await one.session.send("Hi");
      expect(sent.ok).toBe(true);
      for (const tab of [one, two]) {
        await expect.poll(() => tab.newest()?.content).toBe("Hello");
      }
      provider.release();
      for (const tab of [one, two]) {
        await expect
          .poll(() => tab.newest())
          .toMatchObject({ content: "Hello there", status: "complete" });
        expect(tab.messages()).toHaveLength(2);
      }
    });

    it("resume after the last event each time the connection breaks", async () => {
      const { prisma } = await open();
      const pieces = Array.from({ length: 8 }, (_, index) => `w${index} `);
      const script = pieces.flatMap((text) => [text, { hold: true } as const]);
      const provider = createScriptedProvider([script]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const { id } = await server.client("u1").chat.create.mutate({});
      const tab = await openSession(connect(server), id);
      await tab.session.send("Count");
      for (const [index] of pieces.entries()) {
        const text = pieces.slice(0, index + 1).join("");
        await expect.poll(() => tab.newest()?.content).toBe(text);
        server.drop();
        provider.release();
      }
      await expect.poll(() => tab.newest()?.status).toBe("complete");
      expect(tab.newest()?.content).toBe(pieces.join(""));
      for (const [index, text] of tab.texts.entries()) {
        if (index > 0) expect(text.startsWith(tab.texts[index - 1] ?? "")).toBe(true);
      }
      expect(tab.connections).toContain("reconnecting");
      expect(tab.session.getState().connection).toBe("live");
      expect(provider.requests).toHaveLength(1);
    });

    it("stop an answer from another tab", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["Hello", { hold: true }]]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const { id } = await server.client("u1").chat.create.mutate({});
      const [one, two] = [
        await openSession(connect(server), id),
        await openSession(connect(server), id),
      ];
      await one.session.send("Hi");
      await expect.poll(() => two.newest()?.content).toBe("Hello");
      expect(await two.session.actions.stop()).toBe(true);
      for (const tab of [one, two]) {
        await expect
          .poll(() => tab.newest())
          .toMatchObject({ content: "Hello", status: "stopped" });
      }
      expect(await two.session.actions.stop()).toBe(false);
    });

    it("continue an answer in every tab when one of them approves", async () => {
      const { prisma } = await open();
      const remove = { toolCall: { id: "c1", name: "remove", arguments: {} } };
      const provider = createScriptedProvider([["Shall I?", remove], ["It is gone."]]);
      const server = await startChatServer(prisma, createLLM({ provider }), {
        tools: [tool("remove", async () => "removed")],
        needsApproval: ["remove"],
      });
      const { id } = await server.client("u1").chat.create.mutate({});
      const [one, two] = [
        await openSession(connect(server), id),
        await openSession(connect(server), id),
      ];
      await one.session.send("Remove it");
      for (const tab of [one, two]) {
        await expect.poll(() => tab.newest()?.status).toBe("awaiting_approval");
      }
      expect((await one.session.send("And?")).ok).toBe(false);
      const response = await two.session.actions.respondToTool({
        toolCallId: "c1",
        approved: true,
      });
      expect(response.ok).toBe(true);
      for (const tab of [one, two]) {
        await expect
          .poll(() => tab.newest())
          .toMatchObject({ status: "complete", toolCalls: [{ result: "removed" }] });
        expect(tab.newest()?.content).toContain("It is gone.");
        expect(tab.messages()).toHaveLength(2);
      }
      const late = await one.session.actions.respondToTool({ toolCallId: "c1", approved: false });
      expect(late).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
    });
  });
});
