import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import type { AnswerFailure } from "node-llm-trpc/server";
import type { Script } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { CleanUps } from "../../../../src/server/answers/clean-ups.ts";
import { AnswerRunner } from "../../../../src/server/answers/answer-runner.ts";
import { defaultLimits } from "../../../../src/server/chat-router-options.ts";
import { ChatTitles } from "../../../../src/server/titles/chat-titles.ts";
import { LocalAnswers } from "../../../../src/server/answers/local-answers.ts";
import { createMemoryHub } from "../../../../src/server/hub/create-memory-hub.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

const never = new AbortController().signal;

describeDatabases(
  (_name, open) => {
    async function start(
      script: Script,
      background?: (answer: Promise<void>) => void | Promise<void>,
    ) {
      const { prisma } = await open();
      const db = Database.open(prisma);
      const hub = createMemoryHub();
      const answers = new LocalAnswers();
      const onError = vi.fn<(failure: AnswerFailure) => void>();
      const runner = new AnswerRunner({
        db,
        hub,
        background,
        onError,
        emit: null,
        answers,
        titles: new ChatTitles({ db, hub, limits: defaultLimits }),
      });
      const chat = await prisma.llmChat.create({ data: {} });
      const user = { id: randomUUID(), content: "Go", contentRaw: null };
      const begun = await beginTurn(db, { chat, user, model: "m", provider: "p" });
      const provider = createScriptedProvider(script);
      runner.start(begun, {
        llm: createLLM({ provider, retry: { attempts: 1 } }),
        model: "m",
        instructions: [],
        options: {},
        context: {},
        onFailure: "keep",
        title: null,
        bound: new Map(),
        cleanUps: new CleanUps(),
      });
      const { id } = begun.assistant;
      const answer = await hub.find(id);
      if (answer === null) throw new Error("The hub does not know the answer.");
      return { hub, answers, onError, provider, id, answer };
    }

    it("opens the answer in the hub at once, and produces it in the background", async () => {
      const finished: Promise<void>[] = [];
      const { hub, answers, answer, provider, id, onError } = await start(
        ["One ", { hold: true }, "two"],
        (promise) => void finished.push(promise),
      );
      await provider.waitForHold();
      expect(answer.final).toBeNull();
      provider.release();
      await Promise.all(finished);
      expect(answer.final).toMatchObject({ status: "complete", content: "One two" });
      expect(hub.stop(id)).toBe("repeated");
      expect(finished).toHaveLength(1);
      expect(onError).not.toHaveBeenCalled();
      expect(await answers.drain(never)).toMatchObject({ ended: 0, unsettled: 0 });
    });

    it("lets the hub stop the answer, and a drain interrupt it", async () => {
      const script: Script = ["One ", { hold: true }, "two"];
      const stopped = await start(script);
      await stopped.provider.waitForHold();
      expect(stopped.hub.stop(stopped.id)).toBe("delivered");
      await stopped.answers.drain(never);
      expect(stopped.answer.final).toMatchObject({ status: "stopped", content: "One " });

      const interrupted = await start(script);
      await interrupted.provider.waitForHold();
      expect(await interrupted.answers.drain(AbortSignal.abort())).toMatchObject({
        interrupted: 1,
      });
      expect(interrupted.answer.final).toMatchObject({ status: "interrupted" });
    });

    it("reports the error of an answer that failed", async () => {
      const error = Object.assign(new Error("secret"), { status: 503 });
      const { answers, answer, onError, id } = await start(["One ", { error }]);
      await answers.drain(never);
      expect(answer.final).toMatchObject({ status: "failed", error: { code: "OVERLOADED" } });
      const failure = { task: "answer", error, chatId: answer.chatId, messageId: id };
      expect(onError).toHaveBeenCalledExactlyOnceWith(failure);
    });

    it.each([
      ["rejects", () => Promise.reject(new Error("No waitUntil."))],
      [
        "throws",
        () => {
          throw new Error("No waitUntil.");
        },
      ],
    ])("produces the answer even if background %s, and reports that", async (_how, background) => {
      const { answers, answer, onError } = await start(["Fine."], background);
      await answers.drain(never);
      expect(answer.final).toMatchObject({ status: "complete" });
      expect(onError.mock.calls).toMatchObject([[{ task: "background" }]]);
    });
  },
  ["sqlite"],
);
