import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../../support/clients/call-procedure.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const user = "u1";

describeDatabases((_name, open) => {
  describe.each(["its own process", "another process"])(
    "an answer in progress, read from %s",
    (where) => {
      const text = "x".repeat(200_000);

      async function begin() {
        const provider = createScriptedProvider([{ hold: true }, text, { hold: true }, "End."]);
        const llm = createLLM({ provider });
        const database = await open();
        const limits = { messageBytesPerMinute: 1_000_000 };
        const producer = await startChatServer(database.prisma, llm, { limits });
        const reading =
          where === "its own process"
            ? producer
            : await startChatServer(database.connect(), llm, { limits });
        const { assistantMessage } = await producer
          .client(user)
          .chat.send.mutate({ newChat: {}, content: "Hi" });
        const messageId = assistantMessage.id;
        const write = async () => {
          await provider.waitForHold();
          provider.release();
          await provider.waitForHold();
        };
        const stream = (lastEventId?: string) =>
          callProcedure({
            url: reading.url,
            user,
            kind: "subscription",
            path: "chat.stream",
            input: { messageId, lastEventId },
          });
        return { ...database, provider, reading, messageId, write, stream };
      }

      it("refuses to send it again and again, whatever a client says that it has", async () => {
        const { prisma, provider, reading, messageId, write, stream } = await begin();
        // What a reader gets while it is produced counts once, with the end.
        let hasBegun = false;
        const reader = readStream(reading.client(user), { messageId }, ({ type }) => {
          hasBegun = true;
          return type === "text";
        });
        await expect.poll(() => hasBegun).toBe(true);
        await write();
        await reader;
        let bytes = 0;
        const codes = new Set<string | null>();
        for (const id of ["0.0.0", undefined, "1.0.0", "end", "999999.0.0", "0.0.9", "{}"]) {
          const { code, message, body } = await stream(id);
          codes.add(code);
          bytes += body.length;
          if (code !== null)
            expect(message).toMatch(/^Messages of 1000000 bytes .* Try again after \d{4}-/);
        }
        expect([...codes]).toEqual([null, "TOO_MANY_REQUESTS"]);
        // Two as text, and two as messages, which have it in their content and in their parts.
        expect(bytes).toBeGreaterThan(6 * text.length);
        expect(bytes).toBeLessThan(6.1 * text.length);
        // Somebody else reads nothing of it.
        const other = reading.client("u2");
        expect((await other.chat.list.query({})).items).toEqual([]);
        provider.release();
        const ended = { where: { id: messageId } };
        await expect
          .poll(() => prisma.llmMessage.findUnique(ended))
          .toMatchObject({ status: "complete" });
        expect((await stream()).code).toBe("TOO_MANY_REQUESTS");
      });

      it("counts its end for each of its readers, and nothing for one that has all", async () => {
        const { provider, reading, messageId, write } = await begin();
        const readers = Array.from({ length: 10 }, () => {
          const seen: string[] = [];
          const ended = new Promise<string>((resolve) => {
            reading.client(user).chat.stream.subscribe(
              { messageId },
              {
                onData: ({ data }) => seen.push(data.type),
                onComplete: () => resolve(String(seen.at(-1))),
                onError: (error) => resolve(String(error.data?.code)),
              },
            );
          });
          return { seen, ended };
        });
        await expect.poll(() => readers.every(({ seen }) => seen.includes("snapshot"))).toBe(true);
        await write();
        await expect.poll(() => readers.every(({ seen }) => seen.includes("text"))).toBe(true);
        // Those that resume and lack nothing are served, however many they are.
        const resumed = Array.from({ length: 30 }, () => {
          const opened = new Promise<string>((resolve) => {
            const subscription = reading.client(user).chat.stream.subscribe(
              { messageId, lastEventId: `${text.length}.0.0` },
              {
                onStarted: () => {
                  resolve("started");
                  subscription.unsubscribe();
                },
                onError: (error) => resolve(error.message),
              },
            );
          });
          return opened;
        });
        expect(new Set(await Promise.all(resumed))).toEqual(new Set(["started"]));
        provider.release();
        const ends = await Promise.all(readers.map(({ ended }) => ended));
        const count = (what: string) => ends.filter((end) => end === what).length;
        expect([count("done"), count("TOO_MANY_REQUESTS")]).toEqual([3, 7]);
      });
    },
  );
});
