import { AsyncLocalStorage } from "node:async_hooks";

import { createLLM } from "@node-llm/core";
import { readReplicas } from "@prisma/extension-read-replicas";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openClient } from "../../../support/databases/open-client.ts";
import { readAllRows } from "../../../support/databases/read-all-rows.ts";
import { pgbouncer, startPgbouncer } from "../../../support/databases/start-pgbouncer.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";

type Statement = {
  model: string;
  operation: string;
  args: Record<string, unknown>;
  query: (args: unknown) => Promise<unknown>;
  __internalParams?: { transaction?: unknown };
};

/** An extension of all models. Its type depends on the client. */
const allModels = (name: string, run: (statement: Statement) => Promise<unknown>) => ({
  name,
  query: { $allModels: { $allOperations: run } },
});

/** Extended clients have the same methods, with other types. */
const asClient = (client: unknown): PrismaClient => client as PrismaClient;

const texts = [
  "content",
  "contentRaw",
  "thinkingText",
  "instructions",
  "title",
  "arguments",
  "result",
  "thought",
  "output",
  "progress",
  "parts",
  "text",
];

/** Encrypts texts, in a way that only looks like it: what matters is that nothing else is stored. */
const encrypt = (value: unknown): unknown =>
  typeof value === "string" ? `enc:${Buffer.from(value).toString("base64")}` : value;
const decrypt = (value: unknown): unknown => {
  if (typeof value !== "string") return value;
  if (!value.startsWith("enc:")) throw new Error(`This is not encrypted: ${value}`);
  return Buffer.from(value.slice(4), "base64").toString();
};
const eachText = (row: unknown, change: (value: unknown) => unknown): unknown => {
  if (Array.isArray(row)) return row.map((one) => eachText(one, change));
  if (typeof row !== "object" || row === null || row instanceof Date) return row;
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, texts.includes(key) ? change(value) : value]),
  );
};
const encryption = allModels("encrypted-texts", async ({ args, query }) => {
  const data = "data" in args ? { data: eachText(args["data"], encrypt) } : {};
  return eachText(await query({ ...args, ...data }), decrypt);
});

describeDatabases((name, open) => {
  const start = async (extend: (prisma: PrismaClient) => unknown, scripts: Scripts = "Fine.") => {
    const database = await open();
    const prisma = asClient(extend(database.prisma));
    const provider = createScriptedProvider(scripts);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const caller = createAppRouter(prisma, llm).createCaller({ userId: "u1" }).chat;
    const answered = async (id: string) => {
      await expect
        .poll(() => database.prisma.llmMessage.findFirst({ where: { id } }))
        .toMatchObject({ turnLock: null });
    };
    return { database, plain: database.prisma, prisma, provider, llm, caller, answered };
  };

  it.each(["with $primary", "of the app's own"])(
    "reads what it has just written behind read replicas %s",
    async (kind) => {
      // The worst replica: it never gets anything.
      const replica = (await open()).prisma;
      const own = allModels(
        "replicas",
        async ({ model, operation, args, query, __internalParams: params }) => {
          const isRead = /^(find|groupBy|aggregate|count)/.test(operation);
          if (!isRead || params?.transaction !== undefined) return query(args);
          const delegate = Reflect.get(replica, model.charAt(0).toLowerCase() + model.slice(1));
          return Reflect.get(delegate, operation).call(delegate, args);
        },
      );
      const { plain, prisma, provider, llm, caller, answered } = await start((client) =>
        client.$extends(kind === "with $primary" ? readReplicas({ replicas: [replica] }) : own),
      );
      expect(await prisma.llmChat.findMany()).toEqual([]);
      const chat = await createChat(prisma, llm);
      await chat.ask("One");
      await readText((await loadChat(prisma, llm, chat.id)).askStream("Two"));
      expect(provider.requests[1]?.messages.map(({ content }) => content)).toEqual([
        "One",
        "Fine.",
        "Two",
      ]);
      expect(await chat.stats()).toMatchObject({ cost: null });
      const { id: chatId } = await caller.create({});
      const { assistantMessage } = await caller.send({ chatId, content: "Three" });
      await answered(assistantMessage.id);
      expect((await caller.messages({ chatId })).items.map(({ content }) => content)).toEqual([
        "Three",
        "Fine.",
      ]);
      expect((await caller.list({ search: "three" })).items).toMatchObject([{ id: chatId }]);
      expect(await plain.llmMessage.count()).toBe(6);
    },
  );

  it("is refused when the client without replicas lacks another extension", async () => {
    const [primary, replica] = [(await open()).prisma, (await open()).prisma];
    const prisma = asClient(
      primary.$extends(readReplicas({ replicas: [replica] })).$extends(encryption),
    );
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const refusal = expect.objectContaining({
      code: "CONFIGURATION",
      message: expect.stringMatching(
        /\$primary\(\) returns lacks the extension "encrypted-texts".*last/,
      ),
    });
    expect(await failureOf(createChat(prisma, llm))).toEqual(refusal);
    expect(() => createAppRouter(prisma, llm)).toThrow(refusal);
  });

  it("stores nothing in plaintext behind an extension that encrypts, and works", async () => {
    const secret = "The secret word is xylophone. ";
    const look = { toolCall: { id: "c1", name: "look", arguments: { at: secret } } };
    const { database, prisma, provider, llm, caller, answered } = await start(
      (client) => client.$extends(encryption),
      [
        [{ thinking: { text: secret } }, secret, look],
        [secret, { hold: true }, "More."],
        ["Fine."],
        [secret, { hold: true }, "never"],
        ["Fine."],
      ],
    );
    const secrets = async () =>
      JSON.stringify(await readAllRows(database), (_key, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ).match(/xylophone/g);
    const chat = await createChat(prisma, llm, {
      instructions: secret,
      tools: [tool("look", async () => secret)],
      userId: "u1",
    });
    const reading = readText(chat.askStream(secret));
    await provider.waitForHold();
    // The pieces of the answer are in the log.
    await expect
      .poll(() => database.prisma.llmMessageChunk.count({ where: { kind: "text" } }))
      .toBeGreaterThan(0);
    expect(await secrets()).toBeNull();
    provider.release();
    await reading;
    expect(await secrets()).toBeNull();
    expect((await chat.messages()).map(({ content }) => content)).toEqual([
      secret,
      `${secret}${secret}More.`,
    ]);
    await chat.ask("Again?");
    expect(provider.requests[2]?.messages.map(({ content }) => content)).toEqual([
      secret,
      secret,
      secret,
      secret,
      `${secret}More.`,
      "Again?",
    ]);

    // In the router: streamed, stopped and listed.
    const { assistantMessage } = await caller.send({ chatId: chat.id, content: "Go on" });
    await provider.waitForHold();
    await expect
      .poll(() => database.prisma.llmMessageChunk.count({ where: { kind: "text" } }))
      .toBeGreaterThan(0);
    await caller.stop({ messageId: assistantMessage.id });
    await answered(assistantMessage.id);
    const { items } = await caller.messages({ chatId: chat.id });
    expect(items.at(-1)).toMatchObject({ status: "stopped", content: secret });
    expect((await caller.list({})).items).toHaveLength(1);
    expect((await caller.list({ search: "XYLOPHONE" })).items).toMatchObject([
      { match: expect.stringContaining("secret word is xylophone") },
    ]);
    expect(await secrets()).toBeNull();
  });

  it("keeps files behind an extension that encrypts them", async () => {
    const flip = (bytes: unknown): unknown =>
      bytes instanceof Uint8Array ? Uint8Array.from(bytes, (byte) => byte ^ 0xff) : bytes;
    const change = (row: unknown, text: (value: unknown) => unknown): unknown => {
      if (Array.isArray(row)) return row.map((one) => change(one, text));
      if (typeof row !== "object" || row === null) return row;
      const entries = Object.entries(row).map(([key, value]) => {
        if (key === "data") return [key, flip(value)];
        return [key, key === "name" ? text(value) : value];
      });
      return Object.fromEntries(entries);
    };
    const files = allModels("encrypted-files", async ({ model, args, query }) => {
      if (model !== "LlmAttachment") return query(args);
      const data = "data" in args ? { data: change(args["data"], encrypt) } : {};
      return change(await query({ ...args, ...data }), decrypt);
    });
    const { database, plain, prisma, provider, llm, caller, answered } = await start(
      (client) => client.$extends(encryption).$extends(files),
      "Seen.",
    );
    const secret = "The secret word is xylophone.";
    const bytes = Buffer.from(secret);
    const file = {
      name: "xylophone.txt",
      mediaType: "text/plain",
      url: `data:text/plain;base64,${bytes.toString("base64")}`,
    };
    const secrets = async () => {
      const rows = await readAllRows(database);
      const stored = (await plain.llmAttachment.findMany()).flatMap(({ data }) => data ?? []);
      return [
        JSON.stringify(rows, (_key, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        ),
        ...stored.map((data) => Buffer.from(data).toString()),
      ].filter((text) => text.includes("xylophone") || text.includes(bytes.toString("base64")));
    };
    const { id: chatId } = await caller.create({});
    const { assistantMessage } = await caller.send({
      chatId,
      content: "Read this",
      attachments: [file],
    });
    await answered(assistantMessage.id);
    const { items } = await caller.messages({ chatId });
    const [attachment] = items[0]?.attachments ?? [];
    expect(attachment).toMatchObject({ name: file.name, size: bytes.length });
    const read = await caller.attachment({ attachmentId: attachment?.id ?? "" });
    expect(Buffer.from(read.data, "base64").toString()).toBe(secret);

    // What the model gets again, in a later question and in an answer that is made again.
    const chat = await loadChat(prisma, llm, chatId);
    await chat.ask("Again?");
    const again = await caller.regenerate({ messageId: assistantMessage.id });
    await answered(again.assistantMessage.id);
    for (const request of provider.requests)
      expect(JSON.stringify(request.messages[0])).toContain(secret);
    expect(provider.requests).toHaveLength(3);
    expect(await plain.llmAttachment.count()).toBe(1);
    expect(await secrets()).toEqual([]);
  });

  const only = (models: readonly string[], operations: readonly string[]) =>
    allModels("half", async ({ model, operation, args, query }) =>
      models.includes(model) && operations.includes(operation)
        ? query({ ...args, data: eachText(args["data"], encrypt) })
        : query(args),
    );
  const every = ["create", "createMany", "update", "updateMany"];

  it.each([
    [
      "not the log",
      only(["LlmMessage"], every),
      /changes the texts of LlmMessage, but not LlmMessageChunk\.text/,
    ],
    [
      "not every operation",
      only(["LlmMessage", "LlmMessageChunk"], ["create", "update"]),
      /changes LlmMessage\.content in create and update, but not in createMany and updateMany/,
    ],
    [
      "some operations of a column that this package has added",
      allModels("half", async ({ args, query }) => {
        const { data } = args;
        const isOne = typeof data === "object" && data !== null && "output" in data;
        return query(isOne ? { ...args, data: { ...data, output: encrypt(data.output) } } : args);
      }),
      /changes LlmToolCall\.output in create and update and updateMany, but not in createMany/,
    ],
  ])("refuses an extension that encrypts and leaves out %s", async (_, extension, message) => {
    const { plain, prisma, llm, caller } = await start((client) => client.$extends(extension));
    const refusal = { code: "CONFIGURATION", message: expect.stringMatching(message) };
    expect(await failureOf(createChat(prisma, llm))).toMatchObject(refusal);
    expect(await failureOf(caller.create({}))).toMatchObject({ cause: refusal });
    expect(await plain.llmChat.count()).toBe(0);
  });

  it("refuses an extension that runs each statement in a transaction of its own", async () => {
    // Prisma's example for row-level security: https://github.com/prisma/prisma-client-extensions
    const { plain, prisma, llm } = await start((client) =>
      client.$extends(
        allModels("row-level-security", async ({ args, query }) => {
          const [, result] = await client.$transaction([
            client.$executeRaw`SELECT 1 WHERE 1=0`,
            // It is a Prisma promise.
            query(args) as never,
          ]);
          return result;
        }),
      ),
    );
    expect(await failureOf(createChat(prisma, llm))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(
        /the extension "row-level-security": it runs statements in transactions of their own/,
      ),
    });
    expect(await plain.llmChat.count()).toBe(0);
  });

  it.each([
    ["createMany", "LlmMessage", /at createMany of LlmMessage or updateMany of LlmChat,/],
    ["updateMany", "LlmChat", /at createMany of LlmMessage or updateMany of LlmChat,/],
    ["create", "LlmChat", /at create of LlmChat,/],
    ["update", "LlmToolCall", /at update of LlmToolCall,/],
    ["createMany", "LlmUsage", /at createMany of LlmUsage,/],
    ["findMany", "LlmChat", /at findMany of LlmChat,/],
    ["deleteMany", "LlmMessage", /at deleteMany of LlmMessage,/],
  ])("names an extension that validates %s of %s, and throws", async (operation, model, place) => {
    const thrown = new Error("The content is invalid.");
    const { plain, prisma, llm, caller } = await start((client) =>
      client.$extends(
        allModels("validation", async (statement) => {
          if (statement.operation === operation && statement.model === model) throw thrown;
          return statement.query(statement.args);
        }),
      ),
    );
    const failure = await failureOf(createChat(prisma, llm));
    expect(failure).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('the extension "validation": it throws an error at'),
    });
    expect(failure).toMatchObject({ message: expect.stringMatching(place), cause: thrown });
    expect(await failureOf(caller.create({}))).toMatchObject({
      cause: { code: "CONFIGURATION", cause: thrown },
    });
    expect(await plain.llmChat.count()).toBe(0);
  });

  it("does not blame an extension for an outage that it has met", async () => {
    const outage = Object.assign(new Error("Can't reach the database server."), { code: "P1001" });
    let isOut = true;
    const { prisma, llm } = await start((client) =>
      client.$extends(
        allModels("lookup", async ({ args, query }) => {
          if (isOut) throw outage;
          return query(args);
        }),
      ),
    );
    expect(await failureOf(createChat(prisma, llm))).toBe(outage);
    isOut = false;
    expect(await (await createChat(prisma, llm)).ask("One")).toMatchObject({ content: "Fine." });
  });

  it("works with extensions that only watch, compute and add methods", async () => {
    const seen: string[] = [];
    const { prisma, llm } = await start((client) =>
      client
        .$extends(
          allModels(
            "log",
            async ({ operation, args, query }) => (seen.push(operation), query(args)),
          ),
        )
        .$extends({
          result: {
            llmMessage: {
              shout: { needs: { content: true }, compute: ({ content }) => content?.toUpperCase() },
            },
          },
          model: { $allModels: { hello: () => "hello" } },
          client: { $hello: () => "hello" },
        }),
    );
    const chat = await createChat(prisma, llm);
    await chat.ask("One");
    expect(seen).toContain("createMany");
    expect(await chat.messages()).toMatchObject([{ shout: "ONE" }, { shout: "FINE." }]);
  });

  it("stores nothing in plaintext for tenants whose texts alone are encrypted", async () => {
    const secret = "The secret word is xylophone. ";
    const tenants = new AsyncLocalStorage<string>();
    const forTenants = allModels("encrypted-for-tenants", async ({ args, query }) => {
      if (tenants.getStore() === undefined) return query(args);
      const data = "data" in args ? { data: eachText(args["data"], encrypt) } : {};
      return eachText(await query({ ...args, ...data }), decrypt);
    });
    const { database, plain, prisma, provider, llm, caller, answered } = await start(
      (client) => client.$extends(forTenants),
      [["Fine."], [{ thinking: { text: secret } }, secret, { hold: true }, secret], ["Fine."]],
    );
    const secrets = async () =>
      JSON.stringify(await readAllRows(database), (_key, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ).match(/xylophone/g);
    // The first caller has no tenant.
    await (await createChat(prisma, llm)).ask("One");
    expect((await caller.list({ search: "one" })).items).toEqual([]);
    await tenants.run("t1", async () => {
      const chat = await createChat(prisma, llm, { userId: "u1", title: secret });
      const reading = readText(chat.askStream(secret));
      await provider.waitForHold();
      await expect
        .poll(() => plain.llmMessageChunk.count({ where: { kind: "text" } }))
        .toBeGreaterThan(0);
      expect(await secrets()).toBeNull();
      provider.release();
      await reading;
      expect(await secrets()).toBeNull();
      expect((await chat.messages()).at(-1)).toMatchObject({
        content: `${secret}${secret}`,
        thinkingText: secret,
      });
      expect((await caller.list({ search: "XYLOPHONE" })).items).toMatchObject([{ id: chat.id }]);
      const { assistantMessage } = await caller.send({ chatId: chat.id, content: secret });
      await answered(assistantMessage.id);
      expect(await secrets()).toBeNull();
    });
  });

  it("refuses tenants whose statements alone are run in transactions of their own", async () => {
    const tenants = new AsyncLocalStorage<string>();
    const { plain, prisma, llm, caller } = await start((client) =>
      client.$extends(
        allModels("row-level-security", async ({ args, query }) => {
          if (tenants.getStore() === undefined) return query(args);
          const [, result] = await client.$transaction([
            client.$executeRaw`SELECT 1 WHERE 1=0`,
            // It is a Prisma promise.
            query(args) as never,
          ]);
          return result;
        }),
      ),
    );
    const chat = await createChat(prisma, llm, { userId: "u1" });
    await chat.ask("One");
    const refusal = {
      code: "CONFIGURATION",
      message: expect.stringMatching(/transactions of their own/),
    };
    const before = await plain.llmMessage.count();
    await tenants.run("t1", async () => {
      expect(await failureOf(chat.ask("Two"))).toMatchObject(refusal);
      expect(await failureOf(caller.send({ chatId: chat.id, content: "Two" }))).toMatchObject({
        cause: refusal,
      });
    });
    expect(await plain.llmMessage.count()).toBe(before);
    await chat.ask("Three");
  });

  it.each([undefined, null, {}, { count: 0 }, { id: "other" }])(
    "does not depend on what createMany and update return, such as %s",
    async (result) => {
      const { prisma, llm, caller, answered } = await start(
        (client) =>
          client.$extends(
            allModels("results", async ({ operation, args, query }) => {
              const returned = await query(args);
              return operation === "createMany" || operation === "update" ? result : returned;
            }),
          ),
        [
          [{ toolCall: { id: "c1", name: "look", arguments: { at: "here" } } }],
          ["Seen."],
          ["One."],
          ["Two."],
        ],
      );
      const chat = await createChat(prisma, llm, {
        userId: "u1",
        tools: [tool("look", async () => "a cat")],
      });
      expect(await chat.ask("Look")).toMatchObject({ content: "Seen." });
      const sent = await caller.send({ chatId: chat.id, content: "And?" });
      await answered(sent.assistantMessage.id);
      const again = await caller.regenerate({ messageId: sent.assistantMessage.id });
      await answered(again.assistantMessage.id);
      const { items } = await caller.messages({ chatId: chat.id });
      expect(items.map(({ content, status }) => [content, status])).toEqual([
        ["Look", "complete"],
        ["Seen.", "complete"],
        ["And?", "complete"],
        ["Two.", "complete"],
      ]);
      expect(items[1]?.toolCalls).toMatchObject([{ name: "look", result: "a cat" }]);
    },
  );

  it("makes a chat with its first message whatever create returns", async () => {
    const { plain, prisma, caller, answered } = await start((client) =>
      client.$extends({
        name: "results",
        query: { llmChat: { create: async ({ args, query }) => (await query(args), {}) } },
      }),
    );
    expect(prisma).toBeDefined();
    const { assistantMessage } = await caller.send({ newChat: { title: "New" }, content: "One" });
    await answered(assistantMessage.id);
    const { chatId } = assistantMessage;
    expect(await plain.llmChat.findFirst({ where: { id: chatId } })).toMatchObject({
      title: "New",
      userId: "u1",
    });
    expect((await caller.messages({ chatId })).items).toHaveLength(2);
  });

  const softDelete = {
    name: "soft-delete",
    // The app marks rows with what its models have: here, messages become inactive, and chats lose their owner.
    query: {
      llmMessage: {
        $allOperations: async ({ operation, args, query }: Statement) =>
          /^find|^aggregate|^groupBy/.test(operation)
            ? query({
                ...args,
                where: { AND: [args["where"] ?? {}, { errorCode: { equals: null } }] },
              })
            : query(args),
      },
    },
  };

  it.each(["by a query", "by a method"])(
    "lets rows be marked as deleted instead of deleted (%s)",
    async (kind) => {
      const mark = (client: PrismaClient) => ({
        deleteMany: ({ where }: { where: object }) =>
          client.llmMessage.updateMany({ where, data: { errorCode: "DELETED" } }),
      });
      const { plain, prisma, llm, caller } = await start(
        (client) => {
          const { deleteMany } = mark(client);
          const deleting =
            kind === "by a query"
              ? {
                  query: {
                    llmMessage: {
                      deleteMany: ({ args }: { args: { where: object } }) => deleteMany(args),
                    },
                  },
                }
              : {
                  model: {
                    llmMessage: { deleteMany: async (args: { where: object }) => deleteMany(args) },
                  },
                };
          return client
            .$extends(softDelete as object)
            .$extends({ name: "marks", ...deleting } as object);
        },
        [[{ fail: 400 }], ["Fine."], ["Fine."]],
      );
      const chat = await createChat(prisma, llm, { userId: "u1" });
      await expect(chat.ask("One")).rejects.toThrow("400");
      expect(await chat.ask("Two")).toMatchObject({ content: "Fine." });
      expect((await chat.messages()).map(({ content }) => content)).toEqual([
        "One",
        "Two",
        "Fine.",
      ]);
      expect(await plain.llmMessage.findMany({ where: { errorCode: "DELETED" } })).toMatchObject([
        { turnLock: null },
      ]);
      // What is marked is not found either.
      await plain.llmMessage.updateMany({
        where: { content: "Two" },
        data: { errorCode: "DELETED" },
      });
      expect((await caller.list({ search: "two" })).items).toEqual([]);
      expect((await caller.list({ search: "one" })).items).toMatchObject([
        { id: chat.id, match: "One" },
      ]);
    },
  );

  it("refuses an extension that marks the log of an answer as deleted", async () => {
    const { prisma, llm } = await start((client) =>
      client.$extends({
        name: "marks-the-log",
        query: {
          llmMessageChunk: {
            deleteMany: ({ args: { where = {} } }) =>
              client.llmMessageChunk.updateMany({ where, data: { kind: "deleted" } }),
          },
        },
      }),
    );
    expect(await failureOf(createChat(prisma, llm))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("replaces deleteMany of LlmMessageChunk"),
    });
  });

  it("reads columns that the client omits", async () => {
    const { database } = await start((client) => client);
    const omit = {
      llmChat: { createdAt: true, instructions: true },
      llmMessage: { content: true, contentRaw: true, createdAt: true },
      llmToolCall: { arguments: true },
    };
    const prisma = database.connect({ omit });
    const provider = createScriptedProvider([
      [{ toolCall: { id: "c1", name: "look", arguments: { at: "here" } } }],
      ["Seen."],
      ["Fine."],
    ]);
    const llm = createLLM({ provider });
    const image = { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==" } };
    const tools = [tool("look", async () => "a cat")];
    const chat = await createChat(prisma, llm, { instructions: "Be brief.", tools });
    expect(chat.record.createdAt).toBeInstanceOf(Date);
    await chat.ask([{ type: "text", text: "Look" }, image]);
    const loaded = await loadChat(prisma, llm, chat.id);
    await loaded.ask("And?");
    expect(provider.requests[2]?.messages).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ text: "Look" }, image] },
      { role: "assistant", tool_calls: [{ function: { arguments: '{"at":"here"}' } }] },
      { role: "tool", content: "a cat" },
      { role: "assistant", content: "Seen." },
      { role: "user", content: "And?" },
    ]);
    const caller = createAppRouter(prisma, llm, { scope: "everyone" }).createCaller({
      userId: "u1",
    });
    expect(await caller.chat.create({})).toMatchObject({ createdAt: expect.any(String) });
  });

  if (name !== "postgresql") return;

  const converse = async (prisma: PrismaClient) => {
    const provider = createScriptedProvider([["One ", { hold: true }, "two"], ["Fine."]]);
    const llm = createLLM({ provider });
    const chat = await createChat(prisma, llm);
    const reading = readText(chat.askStream("Count"));
    await provider.waitForHold();
    await expect.poll(() => prisma.llmMessageChunk.count()).toBeGreaterThan(0);
    provider.release();
    expect(await reading).toBe("One two");
    const router = createAppRouter(prisma, llm, { scope: "everyone" });
    const caller = router.createCaller({ userId: "u1" }).chat;
    const { assistantMessage } = await caller.send({ chatId: chat.id, content: "And?" });
    await expect
      .poll(() => prisma.llmMessage.findFirst({ where: { id: assistantMessage.id } }))
      .toMatchObject({ status: "complete" });
    expect((await caller.list({ search: "two" })).items).toMatchObject([{ id: chat.id }]);
    return (await caller.messages({ chatId: chat.id })).items.map(({ content }) => content);
  };
  const said = ["Count", "One two", "And?", "Fine."];

  it("works with one connection", async () => {
    const { database } = await start((client) => client);
    expect(await converse(database.connect({ connections: 1 }))).toEqual(said);
  });

  const hasPgbouncer = pgbouncer !== null;
  it.skipIf(!hasPgbouncer)(
    `works behind PgBouncer${hasPgbouncer ? "" : " (skipped: it is not installed)"}`,
    async () => {
      const { database } = await start((client) => client);
      const { url, stop } = await startPgbouncer(database.url);
      const prisma = openClient(url, { connections: 4 });
      const conversation = converse(prisma).finally(async () => {
        await prisma.$disconnect();
        await stop();
      });
      expect(await conversation).toEqual(said);
    },
  );
});
