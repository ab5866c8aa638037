import { describe, expect, it } from "vitest";

import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { hasText } from "../../../support/clients/has-text.ts";
import { startScriptedChat } from "../../../support/servers/start-scripted-chat.ts";

describeDatabases((_name, open) => {
  describe("stop", () => {
    it("aborts the provider's call, keeps the text, and reports whether it stopped something", async () => {
      const { provider, client, chatId, send } = await startScriptedChat(await open(), [
        "One ",
        { hold: true },
        "two",
      ]);
      const { assistantMessage } = await send("Count");
      const messageId = assistantMessage.id;
      await readStream(client, { messageId }, hasText("One "));
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
      expect(provider.aborted).toBe(1);
      expect(await client.chat.stop.mutate({ messageId })).toEqual({ stopped: false });
      const page = await client.chat.messages.query({ chatId });
      expect(page.items.at(-1)).toMatchObject({
        id: messageId,
        status: "stopped",
        content: "One ",
      });
    });

    it("removes an answer without text, and the chat accepts the next question", async () => {
      const { provider, client, chatId, send } = await startScriptedChat(await open(), [
        [{ hold: true }, "late"],
        ["Done."],
      ]);
      const first = await send("a");
      await provider.waitForHold();
      expect(await client.chat.stop.mutate({ messageId: first.assistantMessage.id })).toEqual({
        stopped: true,
      });
      expect(
        (await client.chat.messages.query({ chatId })).items.map((message) => message.role),
      ).toEqual(["user"]);
      const second = await send("b");
      await readStream(client, { messageId: second.assistantMessage.id });
      expect(provider.requests[1]?.messages.map((message) => message.content)).toEqual(["a", "b"]);
    });

    it("works from another instance, through the database", async () => {
      const script = ["One ", { hold: true } as const, "two"];
      const { provider, chatId, send, startOther } = await startScriptedChat(await open(), script);
      const other = await startOther();
      const { assistantMessage } = await send("Count");
      const messageId = assistantMessage.id;
      await provider.waitForHold();
      const startedAt = performance.now();
      expect(await other.chat.stop.mutate({ messageId })).toEqual({
        stopped: true,
      });
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(provider.aborted).toBe(1);
      expect((await other.chat.messages.query({ chatId })).items.at(-1)).toMatchObject({
        status: "stopped",
        content: "One ",
      });
      expect(await other.chat.stop.mutate({ messageId })).toEqual({
        stopped: false,
      });
    });
  });
});
