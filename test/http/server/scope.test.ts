import { randomUUID } from "node:crypto";

import type { ToolResolvable } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { initTRPC, TRPCError } from "@trpc/server";
import { expect, it, vi } from "vitest";

import type { AnswerFailure, ChatRouterOptions } from "node-llm-trpc/server";
import { createChatRouter } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../support/clients/call-procedure.ts";
import { describeDatabases } from "../../support/databases/describe-databases.ts";
import { readTables } from "../../support/databases/read-tables.ts";
import { badScopes } from "../../support/fakes/bad-scopes.ts";
import { createAppRouter } from "../../support/servers/create-app-router.ts";
import { procedures } from "../../support/servers/procedures.ts";
import { startChatServer } from "../../support/servers/start-chat-server.ts";

type Scope = Exclude<ChatRouterOptions<{ userId: string }>["scope"], "everyone">;

const llm = createLLM({ provider: createScriptedProvider("Hi") });

describeDatabases((_name, open) => {
  it(
    "refuses every procedure to a caller whose scope says nothing, tells the app why, and writes nothing",
    { timeout: 60_000 },
    async () => {
      const { prisma } = await open();
      const chat = await prisma.llmChat.create({ data: { userId: "u1" } });
      const message = await prisma.llmMessage.create({
        data: { chatId: chat.id, role: "user", content: "Hi", position: 1, active: true },
      });
      const before = await readTables(prisma);
      const failures: AnswerFailure[] = [];
      let result: () => unknown = () => undefined;
      const server = await startChatServer(prisma, llm, {
        // A caller in JavaScript may return anything.
        scope: (() => result()) as Scope,
        onError: (failure) => failures.push(failure),
      });
      const ids = {
        chatId: chat.id,
        messageId: message.id,
        toolCallId: "call",
        attachmentId: "none",
      };
      for (const { name: scope, result: bad, problem } of badScopes) {
        result = bad;
        for (const [name, { kind, input }] of Object.entries(procedures)) {
          failures.length = 0;
          const { url } = server;
          const call = { url, user: "u1", kind, path: `chat.${name}`, input: input(ids) };
          const response = await callProcedure(call);
          const label = `${name} with ${scope}`;
          expect(response, label).toMatchObject({
            code: "INTERNAL_SERVER_ERROR",
            message: expect.stringMatching(/^The chat is not set up correctly on the server\./),
          });
          expect(response.body, label).not.toContain("secret");
          expect(failures, label).toMatchObject([
            { task: "scope", chatId: null, messageId: null, error: { message: expect.anything() } },
          ]);
          expect(String(failures[0]?.error), label).toMatch(problem);
        }
      }
      expect(await readTables(prisma)).toEqual(before);
    },
  );
});

describeDatabases(
  (_name, open) => {
    it("knows every procedure of the router", async () => {
      const { prisma } = await open();
      const { chat } = createAppRouter(prisma, llm);
      const kinds = Object.entries(chat).map(([name, { _def }]) => [name, _def.type]);
      const known = Object.entries(procedures).map(([name, { kind }]) => [name, kind]);
      expect(Object.fromEntries(known)).toEqual(Object.fromEntries(kinds));
    });

    it("creates no router without a scope, or with something that is none", async () => {
      const { prisma } = await open();
      const { procedure } = initTRPC.create();
      for (const scope of [undefined, null, {}, "nobody", { userId: "u1" }]) {
        // As JavaScript may write it.
        const options = { procedure, prisma, llm, scope } as unknown as Parameters<
          typeof createChatRouter<object, object, object, { userId: string }, ToolResolvable[]>
        >[0];
        expect(() => createChatRouter(options)).toThrow(
          expect.objectContaining({
            code: "CONFIGURATION",
            message: expect.stringContaining('`scope: "everyone"`'),
          }),
        );
      }
    });

    it("says on the console what is wrong when the app has no `onError`", async () => {
      const { prisma } = await open();
      const log = vi.spyOn(console, "error").mockReturnValue();
      const scope = (() => ({ userId: undefined })) as unknown as Scope;
      const { url } = await startChatServer(prisma, llm, { scope });
      await callProcedure({ url, user: "u1", kind: "query", path: "chat.list", input: {} });
      expect(log.mock.calls.flat().join(" ")).toMatch(/returns undefined for "userId"/);
      log.mockRestore();
    });

    it("passes on what the app's own scope throws", async () => {
      const { prisma } = await open();
      const { url } = await startChatServer(prisma, llm, {
        scope: () => {
          throw new TRPCError({ code: "FORBIDDEN", message: "Choose a team." });
        },
      });
      const chatId = randomUUID();
      for (const [name, kind] of [
        ["get", "query"],
        ["watch", "subscription"],
      ] as const) {
        const call = { url, user: "u1", kind, path: `chat.${name}`, input: { chatId } };
        expect(await callProcedure(call)).toMatchObject({
          code: "FORBIDDEN",
          message: "Choose a team.",
        });
      }
    });
  },
  ["sqlite"],
);
