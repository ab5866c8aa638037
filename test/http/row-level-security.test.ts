import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { initTRPC, TRPCError } from "@trpc/server";
import { afterEach, expect, it } from "vitest";

import { createChatRouter } from "node-llm-trpc/server";
import type { ScriptedProvider } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { callProcedure } from "../support/clients/call-procedure.ts";
import { createAppClient } from "../support/clients/create-app-client.ts";
import { hasText } from "../support/clients/has-text.ts";
import { readStream } from "../support/clients/read-stream.ts";
import { watchChat } from "../support/clients/watch-chat.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { executeOnPostgres } from "../support/databases/execute-on-postgres.ts";
import { openClient } from "../support/databases/open-client.ts";
import type { SecuredStatement, UserStorage } from "../support/databases/row-level-security.ts";
import { secureAdapter, secureRows } from "../support/databases/row-level-security.ts";
import { tool } from "../support/providers/tool.ts";
import { listen } from "../support/servers/create-app-router.ts";
import { sampleFiles } from "../support/files/sample-files.ts";
import { procedures } from "../support/servers/procedures.ts";
import { toolCallStep } from "../support/servers/start-approval-scene.ts";

const cleanups: (() => Promise<unknown> | void)[] = [];

/** An app that keeps the user of a request in AsyncLocalStorage, set by a middleware of tRPC, and no scope. */
async function startApp(prisma: PrismaClient, users: UserStorage, provider: ScriptedProvider) {
  const t = initTRPC.context<{ userId: string | null }>().create();
  const procedure = t.procedure.use(({ ctx, next }) => {
    const { userId } = ctx;
    if (userId === null) throw new TRPCError({ code: "UNAUTHORIZED" });
    return users.run({ user: userId }, () => next({ ctx: { userId } }));
  });
  const router = t.router({
    chat: createChatRouter({
      procedure,
      prisma,
      llm: createLLM({ provider }),
      // Only the database knows whose a chat is.
      scope: "everyone",
      limits: { answersAtOnce: "unlimited" },
      titles: true,
      tools: [tool("look", () => Promise.resolve("a file"))],
      needsApproval: ["look"],
    }),
  });
  const { server, url } = await listen(router);
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, client: (user: string) => createAppClient(url, user) };
}

describeDatabases(
  (_name, open) => {
    // Here, so that it runs before the database is removed.
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    });

    /** Two instances of the app over a database with row-level security, and what they ask it. */
    async function start(scripts: Parameters<typeof createScriptedProvider>[0]) {
      const { url, prisma: owner } = await open();
      const role = `app_${randomUUID().slice(0, 8)}`;
      cleanups.push(await secureRows(url, role));
      await executeOnPostgres(
        url,
        `ALTER TABLE "LlmChat" ALTER COLUMN "userId" SET DEFAULT current_setting('app.user', TRUE)`,
      );
      const users: UserStorage = new AsyncLocalStorage();
      const statements: SecuredStatement[] = [];
      const connect = () => {
        const onStatement = (statement: SecuredStatement): void => void statements.push(statement);
        const client = openClient(url, {
          wrap: (factory) => secureAdapter(factory, { role, users, onStatement }),
        });
        cleanups.push(() => client.$disconnect());
        return client;
      };
      const provider = createScriptedProvider(scripts);
      const one = await startApp(connect(), users, provider);
      const two = await startApp(connect(), users, provider);
      return { url, role, owner, statements, provider, one, two };
    }

    it("each answer reads and writes in the context of its own user, also after the request and beside others", async () => {
      const long = ["Once ", { hold: true }, "upon ", { hold: true }, "a time."] as const;
      const { owner, statements, provider, one, two } = await start((request) =>
        String(request.messages.at(-1)?.content).startsWith("Question:") ? ["A story"] : [...long],
      );
      const names = Array.from({ length: 6 }, (_, index) => `u${index}`);
      const owners = new Map<string, string>();
      const scenes = await Promise.all(
        names.map(async (user, index) => {
          const client = one.client(user);
          const content = `Tell ${user}`;
          const sent =
            index % 2 === 0
              ? await client.chat.send.mutate({ newChat: {}, content })
              : await client.chat.send.mutate({
                  chatId: (await client.chat.create.mutate({})).id,
                  content,
                });
          const { id: messageId, chatId } = sent.assistantMessage;
          owners.set(messageId, user);
          const watch = watchChat(two.client(user), { chatId });
          const here = readStream(one.client(user), { messageId });
          const there = readStream(two.client(user), { messageId });
          return { user, chatId, messageId, watch, here, there };
        }),
      );
      // The text of all of them is saved while they go on, in the same statements as long as that works.
      const saved = async (text: string) => {
        const chunks = await owner.llmMessageChunk.findMany();
        return new Set(chunks.filter((row) => row.text.includes(text)).map((row) => row.messageId))
          .size;
      };
      for (const text of ["Once ", "upon "]) {
        await expect.poll(() => saved(text)).toBe(names.length);
        provider.release(names.length);
      }
      for (const { user, chatId, messageId, watch, here, there } of scenes) {
        for (const events of [await here, await there]) {
          expect(events.at(-1)?.event).toMatchObject({
            type: "done",
            message: { status: "complete", content: "Once upon a time." },
          });
        }
        await expect
          .poll(() => watch.notices.map(({ notice }) => notice.type))
          .toEqual(expect.arrayContaining(["state", "finished"]));
        expect(watch.end()).toBe("open");
        expect(watch.notices.map(({ notice }) => notice.type)).not.toContain("chatDeleted");
        const { items } = await two.client(user).chat.messages.query({ chatId });
        expect(items.map(({ id }) => id)).toContain(messageId);
        await expect
          .poll(async () => (await two.client(user).chat.get.query({ chatId })).title)
          .toBe("A story");
        watch.stop();
      }
      // Whatever names an answer was asked by its owner, or by nobody and then refused.
      for (const { user, query } of statements) {
        const named = query.args.flatMap((arg) => owners.get(String(arg)) ?? []);
        if (user !== null) expect(new Set([...named, user]).size, query.sql).toBe(1);
      }
      const writers = statements.filter(({ query }) =>
        query.sql.startsWith('INSERT INTO "LlmMessageChunk"'),
      );
      expect(new Set(writers.map(({ user }) => user))).toEqual(
        new Set(writers.some(({ user }) => user === null) ? [...names, null] : names),
      );
    });

    it("an answer that waits is watched, approved and ends in its user's context", async () => {
      const { owner, one, two } = await start([[toolCallStep("c", "look")], ["Seen."], ["Title"]]);
      const client = one.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const watch = watchChat(two.client("u1"), { chatId });
      const sent = await client.chat.send.mutate({ chatId, content: "Look" });
      const messageId = sent.assistantMessage.id;
      await readStream(two.client("u1"), { messageId });
      await two.client("u1").chat.respondToTool.mutate({
        messageId,
        toolCallId: "c",
        approved: true,
      });
      const events = await readStream(one.client("u1"), { messageId });
      expect(events.at(-1)?.event).toMatchObject({ message: { content: "Seen." } });
      expect(await owner.llmToolCall.findMany()).toMatchObject([
        { status: "complete", result: "a file" },
      ]);
      expect(watch.end()).toBe("open");
      await two.client("u1").chat.delete.mutate({ chatId });
      await expect.poll(() => watch.notices.at(-1)?.notice.type).toBe("chatDeleted");
      watch.stop();
    });

    it("nothing of another user exists, in any procedure, while theirs is being produced", async () => {
      const { provider, one, two } = await start(["Mine", { hold: true }, " alone."]);
      const client = one.client("u1");
      const { id: chatId } = await client.chat.create.mutate({});
      const attachments = [sampleFiles.text];
      const sent = await client.chat.send.mutate({ chatId, content: "Hi", attachments });
      const attachmentId = sent.userMessage.attachments[0]?.id ?? "";
      const ids = { chatId, messageId: sent.assistantMessage.id, toolCallId: "c", attachmentId };
      expect(await client.chat.attachment.query({ attachmentId })).toMatchObject({
        data: "IyDDhA==",
      });
      const { messageId } = ids;
      await readStream(client, { messageId }, hasText("Mine"));
      for (const { url } of [one, two]) {
        for (const [name, { kind, input, others = {}, names }] of Object.entries(procedures)) {
          if (names === null) continue;
          for (const [what, inputOf] of Object.entries({ "": input, ...others })) {
            const call = { url, user: "u2", kind, path: `chat.${name}`, input: inputOf(ids) };
            expect(await callProcedure(call), `${name} ${what}`).toMatchObject({
              code: "NOT_FOUND",
            });
          }
        }
      }
      for (const { client: clientOf } of [one, two]) {
        const stranger = clientOf("u2");
        expect((await stranger.chat.list.query({})).items).toEqual([]);
        expect((await stranger.chat.list.query({ search: "Hi" })).items).toEqual([]);
      }
      provider.release();
      const events = await readStream(two.client("u1"), { messageId });
      expect(events.at(-1)?.event).toMatchObject({ message: { content: "Mine alone." } });
    });

    it("a former owner is told nothing after the policies hide a chat, and every subscription ends", async () => {
      const { url, role, owner, provider, one, two } = await start((request) =>
        JSON.stringify(request.messages.at(-1)?.content).includes("Count")
          ? ["One", { hold: true }, " two"]
          : ["Fine."],
      );
      const quote = (id: string) => `'${id}'`;
      /** How chats leave what their owners see. `u2` sees them then. */
      const losses = {
        "their column changes": (ids: readonly string[]) =>
          executeOnPostgres(
            url,
            `UPDATE "LlmChat" SET "userId"='u2' WHERE id IN (${ids.map(quote).join()})`,
          ),
        "a policy changes": (ids: readonly string[]) => {
          const user = "current_setting('app.user', TRUE)";
          const isMoved = `id IN (${ids.map(quote).join()})`;
          const rule = `(CASE WHEN ${isMoved} THEN ${user}='u2' ELSE "userId"=${user} END)`;
          return executeOnPostgres(
            url,
            `ALTER POLICY own ON "LlmChat" TO ${role} USING ${rule} WITH CHECK ${rule}`,
          );
        },
      };
      /** What `u2` does next. */
      const deeds = {
        nothing: () => Promise.resolve(),
        rename: (chatId: string) => two.client("u2").chat.update.mutate({ chatId, title: "New" }),
        send: async (chatId: string, messageId: string) => {
          await two.client("u2").chat.stop.mutate({ messageId });
          // The answer in progress belongs to the context of its own user, and ends when nobody can write it any more.
          const send = () => two.client("u2").chat.send.mutate({ chatId, content: "Theirs" });
          const isSent = () => send().then(Boolean, () => false);
          await expect.poll(isSent, { timeout: 40_000, interval: 200 }).toBe(true);
        },
        stop: (_: string, messageId: string) => two.client("u2").chat.stop.mutate({ messageId }),
        delete: (chatId: string) => two.client("u2").chat.delete.mutate({ chatId }),
      };
      for (const [loss, lose] of Object.entries(losses)) {
        const scenes = await Promise.all(
          Object.entries(deeds).map(async ([deed, act]) => {
            const former = one.client("u1");
            const { id: chatId } = await former.chat.create.mutate({});
            const sent = await former.chat.send.mutate({ chatId, content: "Count" });
            const { id: messageId } = sent.assistantMessage;
            const readings = [one, two].flatMap(({ client }) =>
              (["stream", "watch"] as const).map((kind) => {
                const told: unknown[] = [];
                const reading = { name: `${kind}, ${loss}, ${deed}`, kind, told, end: "open" };
                const listener = {
                  onData: ({ data }: { readonly data: unknown }) => void told.push(data),
                  onComplete: () => (reading.end = "complete"),
                  onError: (error: unknown) => (reading.end = String(error)),
                };
                const { watch, stream } = client("u1").chat;
                if (kind === "watch") watch.subscribe({ chatId }, listener);
                else stream.subscribe({ messageId }, listener);
                return reading;
              }),
            );
            const isTold = ({ kind, told }: (typeof readings)[number]): boolean =>
              kind === "watch" ? told.length > 0 : JSON.stringify(told).includes("One");
            await expect.poll(() => readings.every(isTold), { timeout: 40_000 }).toBe(true);
            return { chatId, messageId, act, readings };
          }),
        );
        const before = scenes.map(({ readings }) => readings.map(({ told }) => told.length));
        await lose(scenes.map(({ chatId }) => chatId));
        await Promise.all(scenes.map(({ act, chatId, messageId }) => act(chatId, messageId)));
        for (const [at, { readings }] of scenes.entries()) {
          for (const [index, { name, kind, told, end }] of readings.entries()) {
            await expect
              .poll(() => readings[index]?.end, { message: name, timeout: 40_000 })
              .not.toBe("open");
            const since = told.slice(before[at]?.[index]);
            // What a policy hides looks like a deleted chat, whatever happens to it.
            if (kind === "watch" && since.length > 0)
              expect(since, name).toEqual([{ type: "chatDeleted" }]);
            else expect([since, end], name).toEqual([[], expect.any(String)]);
          }
        }
        provider.release(provider.holding);
      }
      // Nothing may write to a database that is removed.
      const remaining = async (): Promise<number> => {
        const reader = two.client("u2");
        for (const { id: chatId } of (await reader.chat.list.query({})).items)
          await reader.chat.messages.query({ chatId });
        return owner.llmMessage.count({ where: { turnLock: { not: null } } });
      };
      await expect.poll(remaining, { timeout: 40_000, interval: 500 }).toBe(0);
    }, 120_000);
  },
  ["postgresql"],
);
