import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "node-llm-trpc/adapters/standalone";
import superjson from "superjson";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";

import type { Metadata } from "node-llm-trpc/server";
import { createChatRouter, defineTool } from "node-llm-trpc/server";
import type { ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../support/clients/call-procedure.ts";
import type { TestDatabase } from "../support/databases/describe-databases.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { procedures, validInputs } from "../support/servers/procedures.ts";

const unsafe = ["__proto__", "constructor", "prototype"];
/** Superjson leaves the other one out when it reads. */
const unsafeInputs = unsafe.slice(1);
/** An object with each of the keys, at each level. */
const hostile = `{"a":1,${unsafe.map((key) => `"${key}":{"b":[{"${key}":"x"}]}`).join()}}`;

const written = (): Metadata => {
  const value: Metadata = JSON.parse(hostile);
  return value;
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Superjson throws when it gets one of these keys, and a reader of a value with one gets nothing. */
describeDatabases((_name, open) => {
  async function start(
    { prisma }: Pick<TestDatabase, "prisma">,
    scripts: readonly (readonly ScriptStep[])[],
  ) {
    const provider = createScriptedProvider(scripts);
    const failures: unknown[] = [];
    const t = initTRPC.create({ transformer: superjson });
    const look = defineTool({
      name: "look",
      description: "Looks",
      inputSchema: z.looseObject({}),
      progressSchema: z.any(),
      execute: (_input, { report, writeData }) => {
        report(written());
        writeData({ name: "note", id: "n", data: written() });
        return written();
      },
    });
    const router = t.router({
      chat: createChatRouter({
        procedure: t.procedure,
        prisma,
        llm: createLLM({ provider }),
        scope: "everyone",
        tools: [look],
        data: { note: z.any() },
        schema: z.looseObject({}),
        onError: ({ error }) => failures.push(error),
        onFinish: () => ({ metadata: written() }),
      }),
    });
    const server = createHTTPServer({ router });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close().closeAllConnections());
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("There is no port.");
    const url = `http://127.0.0.1:${address.port}`;
    /** Calls a procedure with the JSON of an input, as superjson has it. */
    const call = (path: string, text: string) =>
      callProcedure({
        url,
        kind: procedures[path]?.kind ?? "query",
        path: `chat.${path}`,
        text: `{"json":${text}}`,
      });
    const read = async (path: string, input: unknown): Promise<unknown> => {
      const { status, body } = await call(path, JSON.stringify(input));
      expect(status, body).toBe(200);
      return superjson.deserialize(JSON.parse(body).result.data);
    };
    /** All events of an answer, until its end. */
    const stream = async (messageId: string): Promise<string> => {
      const input = encodeURIComponent(JSON.stringify({ json: { messageId } }));
      return (await fetch(`${url}/chat.stream?input=${input}`)).text();
    };
    const send = async (content: string) => {
      const sent = await read("send", { newChat: {}, content });
      return z
        .object({ assistantMessage: z.object({ id: z.string(), chatId: z.string() }) })
        .parse(sent).assistantMessage;
    };
    return { prisma, provider, failures, call, read, stream, send };
  }

  it("no field of any input takes them", async () => {
    const scene = await start(await open(), [["{}"]]);
    const { id: messageId, chatId } = await scene.send("Go");
    await scene.stream(messageId);
    const ids = { chatId, messageId, toolCallId: "c1", attachmentId: messageId };
    const named = new Set<string>();
    for (const [name, procedure] of Object.entries(procedures)) {
      if (procedure.fields.length === 0) continue;
      const { nested = {} } = procedure;
      for (const valid of validInputs(procedure, ids)) {
        const inputs: [string, unknown][] = procedure.fields.map((field) => [
          field,
          { ...valid, [field]: "@" },
        ]);
        for (const [field, inner] of Object.entries(nested))
          for (const one of inner)
            inputs.push([`${field}.${one}`, { ...valid, [field]: { [one]: "@" } }]);
        for (const [field, input] of inputs) {
          for (const key of unsafeInputs) {
            for (const json of [`{"${key}":1}`, `{"a":[{"${key}":{"b":2}}]}`]) {
              const text = JSON.stringify(input).replace('"@"', () => json);
              const { body } = await scene.call(name, text);
              expect(body, `${name}: ${text}`).toContain("BAD_REQUEST");
              if (body.includes(`a key \\"${key}\\", which cannot be stored`))
                named.add(`${name}.${field} ${key}`);
            }
          }
        }
      }
    }
    const fields = [
      "create.metadata",
      "respondToTool.output",
      "send.metadata",
      "send.newChat.metadata",
      "update.metadata",
    ];
    expect([...named].toSorted()).toEqual(
      fields.flatMap((field) => unsafeInputs.map((key) => `${field} ${key}`)).toSorted(),
    );
    await scene.read("list", {});
    await scene.read("messages", { chatId });
  }, 60_000);

  it("what models, tools and the app have written is read with other keys", async () => {
    const database = await open();
    const scene = await start(database, [
      [{ toolCall: { id: "c1", name: "look", arguments: hostile } }],
      [hostile.slice(0, 40), { hold: true }, hostile.slice(40)],
    ]);
    const other = await start({ prisma: database.connect() }, []);
    const { id: messageId, chatId } = await scene.send("Go");
    await scene.provider.waitForHold();
    const streams = [scene.stream(messageId), other.stream(messageId)];
    for (const { read } of [scene, other]) await read("messages", { chatId });
    scene.provider.release();
    for (const events of await Promise.all(streams)) {
      expect(events).not.toContain("serialized-error");
      expect(events).toContain('"status":"complete"');
    }
    // The app writes what it wants.
    const metadata = { ...written() };
    await database.prisma.llmChat.update({ where: { id: chatId }, data: { metadata } });
    await database.prisma.llmMessage.update({
      where: { id: messageId },
      data: { metadata: hostile },
    });
    const inner = (key: string) => ({ b: [{ [`${key}_`]: "x" }] });
    // Zod and Prisma leave the third key out.
    const known = { a: 1, constructor_: inner("constructor"), prototype_: inner("prototype") };
    const value = { ...known, ["__proto___"]: inner("__proto__") };
    for (const { read, stream } of [scene, other]) {
      expect(await read("list", {})).toMatchObject({ items: [{ metadata: known }] });
      expect(await read("get", { chatId })).toMatchObject({ metadata: known });
      const { items } = z
        .object({ items: z.array(z.looseObject({})) })
        .parse(await read("messages", { chatId }));
      expect(items.at(-1)).toMatchObject({
        object: known,
        metadata: value,
        toolCalls: [{ arguments: value, output: value, progress: value }],
      });
      expect(items.at(-1)?.["parts"]).toContainEqual({
        type: "data",
        name: "note",
        id: "n",
        data: value,
      });
      expect(await stream(messageId)).not.toContain("serialized-error");
    }
    expect(String(scene.failures)).toContain('a key "__proto__", which cannot be stored');
  });
});
