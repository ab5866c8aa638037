import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { callProcedure } from "../../../support/clients/call-procedure.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { readTables } from "../../../support/databases/read-tables.ts";
import { hostileValues } from "../../../support/fakes/hostile-values.ts";
import { sampleFiles } from "../../../support/files/sample-files.ts";
import { procedures, validInputs } from "../../../support/servers/procedures.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  it("refuses bad input with an error that says what to do, and writes nothing", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Hi");
    const server = await startChatServer(prisma, createLLM({ provider }), {
      models: ["scripted-model"],
      limits: { maxPromptChars: 10, maxAttachments: 1 },
    });
    const client = server.client("u1");
    const chat = await client.chat.create.mutate({});
    await client.chat.create.mutate({});
    const chatId = chat.id;
    const send = client.chat.send.mutate;
    const png = { name: "a.png", mediaType: "image/png", url: "data:image/png;base64,AA==" };
    const refused: [() => Promise<unknown>, string, RegExp][] = [
      [() => send({ chatId: randomUUID(), content: "Hi" }), "NOT_FOUND", /no such chat/],
      [() => send({ chatId, content: "  \n" }), "BAD_REQUEST", /empty/],
      [() => send({ chatId, content: "x".repeat(11) }), "BAD_REQUEST", /at most 10 characters/],
      [
        () => send({ chatId, content: "Hi", model: "gpt-99" }),
        "BAD_REQUEST",
        /Choose one of: scripted-model/,
      ],
      [() => send({ chatId: "../etc", content: "Hi" }), "BAD_REQUEST", /not an id/],
      [() => send({ chatId, content: "Hi", id: "17" }), "BAD_REQUEST", /send with a new UUID/],
      [
        () => send({ chatId, content: "Hi", attachments: [png, png] }),
        "BAD_REQUEST",
        /at most 1 attachments/,
      ],
      [
        () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "/etc/passwd" }] }),
        "BAD_REQUEST",
        /not a data: URL/,
      ],
      [
        () => send({ chatId, content: "Hi", attachments: [{ ...png, url: "data:video/mp4,x" }] }),
        "BAD_REQUEST",
        /not accepted/,
      ],
      [() => client.chat.create.mutate({ model: "gpt-99" }), "BAD_REQUEST", /not available/],
      [() => client.chat.get.query({ chatId: randomUUID() }), "NOT_FOUND", /no such chat/],
      [() => client.chat.stop.mutate({ messageId: randomUUID() }), "NOT_FOUND", /no such message/],
      [
        () => client.chat.messages.query({ chatId, cursor: "nonsense" }),
        "BAD_REQUEST",
        /first page/,
      ],
      [() => client.chat.list.query({ cursor: "nonsense" }), "BAD_REQUEST", /first page/],
    ];
    for (const [call, code, message] of refused) {
      await expect(call()).rejects.toMatchObject({
        data: { code },
        message: expect.stringMatching(message),
      });
    }
    expect(await prisma.llmMessage.count()).toBe(0);
    expect(await prisma.llmChat.count()).toBe(2);
  });

  it.each([
    ["without", {}],
    ["with", { beforeSend: () => undefined }],
  ])(
    "refuses every id that cannot be used in the same words, %s `beforeSend`, and writes nothing",
    async (_how, options) => {
      const { prisma } = await open();
      const llm = createLLM({ provider: createScriptedProvider(["Hi", "Hi", "Hi"]) });
      const server = await startChatServer(prisma, llm, options);
      const start = async (user: string) => {
        const { id: chatId } = await server.client(user).chat.create.mutate({});
        const sent = await server.client(user).chat.send.mutate({ chatId, content: "Hi" });
        await readStream(server.client(user), { messageId: sent.assistantMessage.id });
        return { chatId, question: sent.userMessage.id, answer: sent.assistantMessage.id };
      };
      const mine = await start("u1");
      const elsewhere = await start("u1");
      const strangers = await start("u2");
      const before = await readTables(prisma, ["LlmAccount"]);
      const refusals = new Map<string, unknown>();
      for (const [what, id] of Object.entries({
        malformed: "17",
        "not even a text": 17,
        "far too long": "a".repeat(5_000),
        "a stranger's question": strangers.question,
        "a stranger's answer": strangers.answer,
        "my question in another chat": elsewhere.question,
        "my answer in another chat": elsewhere.answer,
        "my answer in this chat": mine.answer,
      })) {
        const input = { chatId: mine.chatId, content: "Hi", id };
        const call = {
          url: server.url,
          user: "u1",
          kind: "mutation",
          path: "chat.send",
          input,
        } as const;
        const { status, code, message } = await callProcedure(call);
        refusals.set(what, { status, code, message });
      }
      const refusal = {
        status: 400,
        code: "BAD_REQUEST",
        message: "This id cannot be used: send with a new UUID.",
      };
      expect(Object.fromEntries(refusals)).toEqual(
        Object.fromEntries([...refusals.keys()].map((what) => [what, refusal])),
      );
      expect(await readTables(prisma, ["LlmAccount"])).toEqual(before);
    },
  );

  it("stores metadata as it was sent, whatever its keys are called", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("") });
    const { url } = await startChatServer(prisma, llm);
    const nested = Array.from({ length: 18 }).reduce<unknown>((inner) => [inner], "deep");
    const list = [1, null, true, "ü", { a: 1.5 }];
    const named = { "": "", toJSON: 2, toString: { valueOf: {} }, hasOwnProperty: 3 };
    const metadata = { nested, list, ...named };
    const call = { url, user: "u1", kind: "mutation", path: "chat.create" } as const;
    const { status, body } = await callProcedure({ ...call, input: { metadata } });
    expect(status).toBe(200);
    const created = JSON.parse(body) as { result: { data: { id: string; metadata: unknown } } };
    const { id } = created.result.data;
    const stored = (await prisma.llmChat.findUnique({ where: { id } }))?.metadata;
    for (const kept of [created.result.data.metadata, stored]) {
      expect(kept).toEqual(metadata);
    }
    for (const key of ["__proto__", "constructor", "prototype"]) {
      for (const path of [`{"${key}":{"polluted":1}}`, `{"a":[{"${key}":1}]}`]) {
        const text = `{"metadata":${path}}`;
        expect(await callProcedure({ ...call, text })).toMatchObject({
          code: "BAD_REQUEST",
          message: expect.stringContaining(`"${key}"`),
        });
      }
    }
    expect({}).not.toHaveProperty("polluted");
    const odd = { a: "x\ud800y", "b\ud800": ["\udc00"] };
    const replaced = await callProcedure({ ...call, input: { metadata: odd } });
    expect(replaced.body).toContain('"a":"x\ufffdy"');
    expect(replaced.body).toContain('"b\ufffd":["\ufffd"]');
    for (const bad of [{ a: "\0" }, { "\0": 1 }, { a: [["\0"]] }]) {
      expect(await callProcedure({ ...call, input: { metadata: bad } })).toMatchObject({
        code: "BAD_REQUEST",
        message: expect.stringContaining("NUL"),
      });
    }
  });

  it("replaces the metadata of a chat in the caller's scope, and refuses what cannot be stored", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("") });
    const limits = { maxMetadataChars: 1_000 };
    const server = await startChatServer(prisma, llm, { limits });
    const { chat } = server.client("u1");
    const { id: chatId } = await chat.create.mutate({ title: "Trip", metadata: { a: 1, b: 2 } });
    const metadata = { b: ["ü", null, { toJSON: 3 }] };
    const updated = await chat.update.mutate({ chatId, metadata });
    expect(updated).toMatchObject({ title: "Trip", metadata });
    expect(updated.metadata).toEqual(metadata);
    const refusals = [
      [{ chatId, metadata: { a: "x".repeat(1_000) } }, "too long"],
      [{ chatId, metadata: { a: "\0" } }, "NUL"],
    ] as const;
    for (const [input, reason] of refusals) {
      expect(await failureOf(chat.update.mutate(input))).toMatchObject({
        data: { code: "BAD_REQUEST" },
        message: expect.stringContaining(reason),
      });
    }
    const foreign = server.client("u2").chat.update.mutate({ chatId, metadata: {} });
    expect(await failureOf(foreign)).toMatchObject({ data: { code: "NOT_FOUND" } });
    expect((await chat.get.query({ chatId })).metadata).toEqual(metadata);
    // What is left out stays.
    expect((await chat.update.mutate({ chatId, title: "Home" })).metadata).toEqual(metadata);
  });

  it("refuses hostile values in each field of each procedure in words, and writes nothing", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Hi") });
    const limits = { maxPromptChars: 1_000, maxInstructionsChars: 1_000, maxMetadataChars: 1_000 };
    const server = await startChatServer(prisma, llm, { limits });
    const { id: chatId } = await server.client("u1").chat.create.mutate({ metadata: {} });
    const attachments = [sampleFiles.text];
    const sent = await server.client("u1").chat.send.mutate({ chatId, content: "Hi", attachments });
    const messageId = sent.assistantMessage.id;
    const attachmentId = sent.userMessage.attachments[0]?.id ?? "";
    await readStream(server.client("u1"), { messageId });
    const before = await readTables(prisma, ["LlmAccount"]);
    const seen = new Set<string>();
    const ids = { chatId, messageId, toolCallId: "call", attachmentId };
    const bases = Object.entries(procedures).flatMap(([name, procedure]) =>
      validInputs(procedure, ids).map((valid, index, [first = {}]) => ({
        ...procedure,
        name,
        valid,
        // The other inputs are tried where they differ.
        fields: procedure.fields.filter(
          (field) => index === 0 || (field in valid && !(field in first)),
        ),
      })),
    );
    for (const { name, kind, fields, nested = {}, valid } of bases) {
      // It takes no input, and ignores what is sent.
      if (procedures[name]?.fields.length === 0) continue;
      // Queries are in the URL, which Node limits.
      const bytes = kind === "mutation" ? 30_000 : 4_000;
      for (const { name: what, json } of hostileValues) {
        const inputs: unknown[] = ["@", [valid, "@"], { ...valid, unheardOf: "@" }];
        for (const field of fields) inputs.push({ ...valid, [field]: "@" });
        for (const [field, inner] of Object.entries(nested)) {
          if (valid[field] === undefined) continue;
          for (const one of [...inner, "unheardOf"]) {
            // Of a file that the chat has, nothing but the id is read.
            const changed =
              field === "attachments" ? [{ ...sampleFiles.text, [one]: "@" }] : { [one]: "@" };
            inputs.push({ ...valid, [field]: changed });
          }
        }
        for (const [index, bad] of inputs.entries()) {
          const text = JSON.stringify(bad).replace('"@"', () => json(bytes));
          const response = await callProcedure({
            url: server.url,
            user: "u1",
            kind,
            path: `chat.${name}`,
            text,
          });
          const label = `${name} ${index} with ${what}`;
          // Any JSON may be an output, but there is no call that waits for one.
          const isOutput = "output" in valid && !text.includes('"approved"');
          if (isOutput && response.status === 404) continue;
          expect(response, label).toMatchObject({ status: 400, code: "BAD_REQUEST" });
          seen.add(response.message ?? "");
        }
      }
    }
    expect(await readTables(prisma, ["LlmAccount"])).toEqual(before);
    const internal = /stack|zod|expected|invalid|undefined|\[|\{|prisma|regex|pattern|error:/i;
    expect([...seen].filter((text) => internal.test(text))).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
  }, 60_000);

  it("refuses a temperature outside of 0 to 2", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("") });
    const client = (await startChatServer(prisma, llm)).client("u1");
    const { id: chatId } = await client.chat.create.mutate({ temperature: 2 });
    await expect(client.chat.update.mutate({ chatId, temperature: 2.1 })).rejects.toThrow(
      "at most 2",
    );
    await expect(client.chat.create.mutate({ temperature: -0.1 })).rejects.toThrow("at least 0");
    expect(await client.chat.get.query({ chatId })).toMatchObject({ temperature: 2 });
  });
});
