import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../../support/clients/call-procedure.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import type { AppRouterOptions } from "../../../support/servers/create-app-router.ts";
import { procedures } from "../../../support/servers/procedures.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

const user = "u1";
const maxCalls = 200;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describeDatabases((_name, open) => {
  async function start(limits: AppRouterOptions["limits"] = {}) {
    const database = await open();
    let statements = 0;
    const watched = watchStatements(database, () => void statements++, { maxWait: 10_000 });
    closing.push(watched.close);
    const llm = createLLM({ provider: createScriptedProvider("Answer.") });
    const server = await startChatServer(watched.prisma, llm, { limits });
    const { id: chatId } = await server.client(user).chat.create.mutate({});
    const countStatements = async <Result>(run: () => Promise<Result>) => {
      statements = 0;
      const result = await run();
      return { result, statements };
    };
    return { prisma: database.prisma, server, url: server.url, chatId, countStatements };
  }

  it.each(["get", "update"] as const)("refuses %s when too much was read", async (name) => {
    const { prisma, url, chatId } = await start({ messageBytesPerMinute: 5_000_000 });
    // 57,000 bytes in a response.
    const metadata = { note: "\u20ac".repeat(19_000) };
    await prisma.llmChat.update({ where: { id: chatId }, data: { metadata } });
    const kind = procedures[name]?.kind ?? "query";
    const one = { url, user, kind, path: `chat.${name}`, input: { chatId } };
    // They begin at the same time, in requests of their own.
    const responses = await Promise.all(Array.from({ length: 400 }, () => callProcedure(one)));
    const bytes = responses.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    expect(bytes).toBeGreaterThan(5_000_000);
    // The limit, and those in progress when it was reached. All of them would be 23 MB.
    expect(bytes).toBeLessThan(14_000_000);
    const codes = new Set(responses.map(({ code }) => code));
    expect(codes).toEqual(new Set([null, "TOO_MANY_REQUESTS"]));
    for (let count = 0; count < 3; count++)
      expect((await callProcedure(one)).code).toBe("TOO_MANY_REQUESTS");
  });

  /** Sends calls in one message of a WebSocket, and returns the errors of those that are refused. */
  async function sendMessage(
    url: string,
    path: string,
    input: object,
    calls: number,
  ): Promise<readonly string[]> {
    const socket = new WebSocket(`${url.replace("http", "ws")}?connectionParams=1`);
    closing.push(() => socket.terminate());
    await new Promise((resolve) => socket.once("open", resolve));
    const errors: string[] = [];
    let answers = 0;
    const answered = new Promise<void>((resolve) =>
      socket.on("message", (data) => {
        const { error } = JSON.parse(String(data)) as { error?: { message: string } };
        if (error !== undefined) errors.push(error.message);
        if (++answers === calls) resolve();
      }),
    );
    const params = { path: `chat.${path}`, input };
    const method = procedures[path]?.kind;
    socket.send(JSON.stringify({ method: "connectionParams", data: { user } }));
    socket.send(
      JSON.stringify(
        Array.from({ length: calls }, (_, index) => ({ id: index + 1, method, params })),
      ),
    );
    await answered;
    return errors;
  }

  it(
    "answers no more calls of one message of a WebSocket than a request may have",
    { timeout: 60_000 },
    async () => {
      const { prisma, url, chatId, countStatements } = await start({
        messageBytesPerMinute: "unlimited",
      });
      for (const path of ["stats", "get", "update", "models"]) {
        const send = (calls: number) =>
          countStatements(() => sendMessage(url, path, { chatId }, calls));
        const allowed = await send(maxCalls);
        expect([path, allowed.result]).toEqual([path, []]);
        const { result: errors, statements } = await send(2_000);
        expect([path, errors.length]).toEqual([path, 2_000 - maxCalls]);
        expect(new Set(errors)).toEqual(
          new Set([
            "One request has more than 200 calls, which is the limit. Send the others in requests of their own.",
          ]),
        );
        // Those that are refused read nothing.
        expect([path, statements]).toEqual([path, allowed.statements]);
      }
      // Large chats have their share of the request as well: these would be 36 MB.
      const metadata = { note: "\u0001".repeat(30_000) };
      await prisma.llmChat.update({ where: { id: chatId }, data: { metadata } });
      for (const path of ["get", "update"]) {
        const errors = await sendMessage(url, path, { chatId }, maxCalls);
        expect([path, errors.length > 40]).toEqual([path, true]);
        for (const message of errors) expect(message).toMatch(/^Messages of 24000000 bytes/);
      }
    },
  );

  it("answers everything that a page with many chats asks at once", async () => {
    const { prisma, server } = await start();
    const ids = Array.from({ length: 50 }, (_, index) => `chat${index}`);
    await prisma.llmChat.createMany({ data: ids.map((id) => ({ id, userId: user })) });
    const { chat } = server.webSocketClient(user);
    const answers = await Promise.all([
      chat.models.query(),
      chat.list.query({}),
      ...ids.flatMap((chatId) => [
        chat.get.query({ chatId }),
        chat.messages.query({ chatId }),
        chat.stats.query({ chatId }),
      ]),
    ]);
    expect(answers).toHaveLength(152);
  });
});
