import { createLLM } from "@node-llm/core";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { expect, it } from "vitest";

import { createAppClient } from "../support/clients/create-app-client.ts";
import { openSession } from "../support/clients/open-session.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { startBufferingProxy } from "../support/servers/start-buffering-proxy.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";

describeDatabases(
  (_name, open) => {
    it.each([
      { bytes: 8_192, passesHeaders: false },
      { bytes: 8_192, passesHeaders: true },
      { bytes: Infinity, passesHeaders: false },
    ])(
      "a page behind a proxy that buffers says so, and works as far as it can: %j",
      async (buffering) => {
        const { prisma } = await open();
        const long = "A long answer. ".repeat(1_000);
        const provider = createScriptedProvider([["Hello", { hold: true }, long]]);
        const server = await startChatServer(prisma, createLLM({ provider }));
        const proxy = await startBufferingProxy(server.url, buffering);
        const { chat } = createAppClient(proxy.url, "u1");
        const { id } = await chat.create.mutate({});
        const tab = await openSession(chat, id);
        await expect.poll(() => tab.session.getState().fault).not.toBeNull();
        expect(proxy.held).toBeGreaterThan(0);
        expect(tab.session.getState().fault).toMatchObject({
          code: "NETWORK",
          retryable: true,
          message: expect.stringMatching(/a buffering proxy\. See docs\/errors\.md$/),
        });
        // Requests pass, so the message is sent, and the answer is made.
        expect(await tab.session.send("Hi")).toMatchObject({ ok: true });
        await provider.waitForHold();
        expect(tab.newest()?.content).toBe("");
        provider.release();
        // A stream passes when it ends.
        await expect
          .poll(() => tab.newest())
          .toMatchObject({ status: "complete", content: `Hello${long}` });
      },
    );

    it("a page behind a proxy that does not buffer says nothing", async () => {
      const { prisma } = await open();
      const provider = createScriptedProvider([["Hello", { hold: true }, " there"]]);
      const server = await startChatServer(prisma, createLLM({ provider }));
      const proxy = await startBufferingProxy(server.url, { bytes: 0, passesHeaders: true });
      const { chat } = createAppClient(proxy.url, "u1");
      const { id } = await chat.create.mutate({});
      const tab = await openSession(chat, id);
      const faults: unknown[] = [];
      tab.session.subscribe(() => faults.push(tab.session.getState().fault));
      await tab.session.send("Hi");
      await expect.poll(() => tab.newest()?.content).toBe("Hello");
      provider.release();
      await expect.poll(() => tab.newest()?.status).toBe("complete");
      expect(faults.filter((fault) => fault !== null)).toEqual([]);
    });
  },
  ["sqlite"],
);
