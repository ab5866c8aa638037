import { TRPCError } from "@trpc/server";
import { expect, it } from "vitest";

import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { tool } from "../../../support/providers/tool.ts";
import { startToolScene } from "../../../support/servers/start-tool-scene.ts";

const call = { toolCall: { id: "1", name: "look" } };

describeDatabases((_name, open) => {
  it("runs what an option has deferred after the answer, the newest first, and reports what throws", async () => {
    const log: string[] = [];
    const error = new Error("The connection is gone.");
    const { failures, one, chatId, send } = await startToolScene(await open(), [["Hi"]], {
      tools: ({ defer }) => {
        defer(() => log.push("first"));
        defer(() => {
          throw error;
        });
        defer(async () => {
          await Promise.resolve();
          log.push("last");
        });
        return [];
      },
      instructions: ({ chat, defer }) => {
        defer(() => log.push("instructions"));
        return `You answer in the chat ${chat.id}.`;
      },
    });
    const messageId = await send();
    await readStream(one, { messageId });
    await expect.poll(() => log).toEqual(["last", "first", "instructions"]);
    expect(failures).toEqual([{ task: "cleanUp", error, chatId, messageId: null }]);
  });

  it("keeps what was opened until the answer has ended, and opens it anew after an approval", async () => {
    const connections = { now: 0, ever: 0 };
    const duringRun: number[] = [];
    const scene = await startToolScene(await open(), [[call], ["Half", { hold: true }, "."]], {
      needsApproval: ["look"],
      tools: ({ defer }) => {
        connections.now++;
        connections.ever++;
        defer(() => connections.now--);
        return [
          tool("look", async () => {
            duringRun.push(connections.now);
            return "Seen.";
          }),
        ];
      },
    });
    const messageId = await scene.send();
    await readStream(scene.one, { messageId });
    await expect.poll(() => connections).toEqual({ now: 0, ever: 1 });
    await scene.one.chat.respondToTool.mutate({ messageId, toolCallId: "1", approved: true });
    await scene.provider.waitForHold();
    expect([connections, duringRun]).toEqual([{ now: 1, ever: 2 }, [1]]);
    await scene.two.chat.stop.mutate({ messageId });
    await expect.poll(() => connections.now).toBe(0);
  });

  it("closes at once what was opened for a message that is refused, or sent before", async () => {
    const counts = { opened: 0, closed: 0 };
    let fails = false;
    const { one, chatId, provider } = await startToolScene(await open(), [["Hi"]], {
      tools: ({ defer }) => {
        counts.opened++;
        defer(() => counts.closed++);
        if (fails) throw new TRPCError({ code: "FORBIDDEN", message: "No server for you." });
        return [];
      },
      beforeSend: ({ content }) => {
        if (content === "refuse") throw new TRPCError({ code: "FORBIDDEN", message: "No." });
      },
    });
    const refused = one.chat.send.mutate({ chatId, content: "refuse" });
    await expect(refused).rejects.toThrow("No.");
    expect(counts).toEqual({ opened: 1, closed: 1 });
    fails = true;
    await expect(one.chat.send.mutate({ chatId, content: "Hi" })).rejects.toThrow("No server");
    expect(counts).toEqual({ opened: 2, closed: 2 });
    fails = false;
    const id = crypto.randomUUID();
    const sent = await one.chat.send.mutate({ chatId, content: "Hi", id });
    await readStream(one, { messageId: sent.assistantMessage.id });
    await one.chat.send.mutate({ chatId, content: "Hi", id });
    await expect.poll(() => counts.closed).toBe(counts.opened);
    expect(provider.calls).toBe(1);
  });
});
