import { expect, it, vi } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat } from "node-llm-trpc/orm";
import { describeDatabases } from "../../../../support/databases/describe-databases.ts";
import { openOpenAI } from "../../../../support/providers/open-openai.ts";
import { readText } from "../../../../support/clients/read-text.ts";
import { failureOf } from "../../../../support/failure-of.ts";
import type {
  OpenAIAnswer,
  OpenAIServer,
} from "../../../../support/providers/start-openai-server.ts";

type Stream = ReturnType<Chat["askStream"]>;

/** Ways to end an answer early; after its text `One `, if it has any. */
const ends: {
  readonly [title: string]: (chat: Chat, hasText: boolean, server: OpenAIServer) => Promise<void>;
} = {
  "the signal of ask": async (chat, _hasText, server) => {
    const controller = new AbortController();
    const failure = failureOf(chat.ask("Count", { signal: controller.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    expect(await failure).toMatchObject({ name: "AbortError" });
  },
  "the signal of askStream": async (chat, hasText, server) => {
    const controller = new AbortController();
    const stream = chat.askStream("Count", { signal: controller.signal });
    if (hasText) await readFirstText(stream);
    const failure = failureOf(stream.next());
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    expect(await failure).toMatchObject({ name: "AbortError" });
  },
  "return() while a chunk is awaited": async (chat, hasText, server) => {
    const stream = chat.askStream("Count");
    if (hasText) await readFirstText(stream);
    const pending = stream.next();
    await expect.poll(() => server.requests.length).toBe(1);
    expect(await stream.return(undefined as never)).toMatchObject({ done: true });
    expect(await pending).toMatchObject({ done: true });
  },
};

const leaving: { readonly [title: string]: (chat: Chat) => Promise<void> } = {
  break: async (chat) => {
    for await (const chunk of chat.askStream("Count")) if (chunk.content !== "") break;
  },
  "return()": async (chat) => {
    const stream = chat.askStream("Count");
    await readFirstText(stream);
    await stream.return(undefined as never);
  },
  "throw()": async (chat) => {
    const stream = chat.askStream("Count");
    await readFirstText(stream);
    const mine = new Error("mine");
    expect(await failureOf(stream.throw(mine))).toBe(mine);
  },
};

describeDatabases(
  (_name, open) => {
    const start = async (...answers: OpenAIAnswer[]) => {
      const { prisma } = await open();
      const { server, llm } = await openOpenAI(answers, { attempts: 1 });
      return { prisma, server, chat: await createChat(prisma, llm, { model: "gpt-4o" }) };
    };

    it("reads an answer of many pieces with few reads of fetch's streams", async () => {
      const text = Array.from({ length: 30 }, (_, index) => `${index} `);
      // The first request of a process makes what the next ones are sent with.
      const { chat } = await start({ text: ["Fine."] }, { text, delay: 2 });
      await chat.ask("Hello");
      const reads = vi.spyOn(ReadableStreamDefaultReader.prototype, "read");
      let streamed = "";
      for await (const { content } of chat.askStream("Count")) streamed += content;
      expect(streamed).toBe(text.join(""));
      // One waits for the end of the body, one is core's.
      expect(reads.mock.calls.length).toBeLessThan(4);
      reads.mockRestore();
    });

    it.each(Object.entries(ends))(
      "%s closes a connection that has received no headers",
      async (_title, end) => {
        const { prisma, server, chat } = await start({ end: "silent" }, { text: ["Fine."] });
        await end(chat, false, server);
        await server.closed(0);
        expect(await chat.messages()).toMatchObject([{ role: "user", content: "Count" }]);
        expect(await prisma.llmRequest.findMany()).toMatchObject([{ statusCode: 499 }]);
        expect(await chat.ask("Again")).toMatchObject({ content: "Fine." });
      },
    );

    it.each([
      ...Object.entries(ends).filter(([title]) => title !== "the signal of ask"),
      ...Object.entries(leaving),
    ])("%s closes a connection in the middle of a stream", async (_title, end) => {
      const { prisma, server, chat } = await start(
        { text: ["One "], end: "hang" },
        { text: ["Fine."] },
      );
      await end(chat, true, server);
      await server.closed(0);
      expect((await chat.messages()).at(-1)).toMatchObject({ content: "One ", status: "stopped" });
      expect(await prisma.llmRequest.findMany()).toMatchObject([{ statusCode: 499 }]);
      expect(await chat.ask("Again")).toMatchObject({ content: "Fine." });
    });

    it.each([
      ["a refused request", { status: 400 }, { name: "BadRequestError", status: 400 }],
      ["a broken server", { status: 503 }, { name: "ServiceUnavailableError", status: 503 }],
      ["a dropped connection", { text: ["One "], end: "drop" }, { name: "TypeError" }],
      ["a stream without [DONE]", { text: ["One "], end: "eof" }, { code: "STREAM_INCOMPLETE" }],
    ] as const)("%s rejects the call, and the next question is answered", async (...test) => {
      const [, answer, error] = test;
      const { prisma, chat } = await start(answer, { text: ["Fine."] });
      expect(await failureOf(readText(chat.askStream("Count")))).toMatchObject(error);
      expect(await chat.messages()).toMatchObject([{ role: "user", content: "Count" }]);
      expect(await prisma.llmRequest.findMany()).toMatchObject([{ messageId: null, cost: null }]);
      expect(await chat.ask("Again")).toMatchObject({ content: "Fine." });
    });
  },
  ["sqlite"],
);

async function readFirstText(stream: Stream): Promise<void> {
  for (;;) {
    const next = await stream.next();
    if (next.done === true || next.value.content !== "") return;
  }
}
