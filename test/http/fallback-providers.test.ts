import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";

import type { Chat } from "node-llm-trpc/orm";
import { createChat, loadChat } from "node-llm-trpc/orm";
import { readText } from "../support/clients/read-text.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import type { ProviderName } from "../support/providers/create-provider-llm.ts";
import { accessTo, providerNames } from "../support/providers/create-provider-llm.ts";
import type { ModelAnswer } from "../support/providers/formats/model-answer.ts";
import { providerStubs } from "../support/providers/provider-stubs.ts";
import type { HttpError, StartedStub } from "../support/providers/start-provider-stub.ts";
import { startProviderStub } from "../support/providers/start-provider-stub.ts";
import { tool } from "../support/providers/tool.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const busy: HttpError = { http: { status: 503, message: "busy" } };
const says = (text: string): ModelAnswer => ({ text: [text], usage: { input: 100, output: 20 } });

/** A call of the tool, after thinking that the provider wants back, if it does. */
function callOf(provider: ProviderName, number: number): ModelAnswer {
  const { callId, facts } = providerStubs[provider];
  return {
    ...(facts.showsThinking ? { thinking: [`Thought ${number} of ${provider}.`] } : {}),
    toolCalls: [{ id: callId(number), name: "look", input: {} }],
  };
}

async function startStub(
  provider: ProviderName,
  replies: readonly (ModelAnswer | HttpError)[],
): Promise<StartedStub> {
  const server = await startProviderStub(providerStubs[provider], replies);
  closing.push(() => server.close());
  return server;
}

const asks: Readonly<Record<string, (chat: Chat, content: string) => Promise<string>>> = {
  "in a stream": (chat, content) => readText(chat.askStream(content)),
  "as a whole": async (chat, content) => (await chat.ask(content)).content ?? "",
};

/** By its name, no model belongs to Ollama, so a fallback to it is asked at the LLM's own provider. */
const pairs = providerNames.flatMap((one) =>
  providerNames.filter((two) => two !== one && two !== "ollama").map((two) => [one, two] as const),
);

describeDatabases(
  (_name, open) => {
    describe.each(Object.keys(asks))("a fallback %s", (way) => {
      it.each(pairs)(
        "from %s to %s, in the middle of an answer with tools, is accepted by both, then and later",
        async (one, two) => {
          const { prisma } = await open();
          const first = await startStub(one, [
            callOf(one, 1),
            busy,
            busy,
            callOf(one, 2),
            says("Back."),
            busy,
            busy,
          ]);
          const second = await startStub(two, [
            callOf(two, 1),
            says("Seen."),
            callOf(two, 2),
            says("Seen again."),
            says("Mine."),
          ]);
          const access = {
            ...accessTo(one, { origin: first.origin, name: "one" }),
            ...accessTo(two, { origin: second.origin, name: "two" }),
            retry: { attempts: 1, delayMs: 0 },
          };
          const options = {
            tools: [tool("look", async () => "seen")],
            thinking: { budget: 2000 },
          };
          const chat = await createChat(prisma, createLLM({ ...access, provider: one }), {
            ...options,
            model: providerStubs[one].model,
            fallback: [providerStubs[two].model],
          });
          const answers: string[] = [];
          for (const question of ["Look", "Are you back?", "And now?"])
            answers.push((await asks[way]?.(chat, question)) ?? "");
          // From now on, the answers that both have given are history of the second provider.
          const taken = await loadChat(prisma, createLLM({ ...access, provider: two }), chat.id, {
            ...options,
            model: providerStubs[two].model,
          });
          answers.push((await asks[way]?.(taken, "Whose chat is it?")) ?? "");
          expect(answers).toEqual(["Seen.", "Back.", "Seen again.", "Mine."]);
          expect([...first.complaints, ...second.complaints]).toEqual([]);
          expect([first.requests.length, second.requests.length]).toEqual([7, 5]);
          const models = (await chat.messages()).filter((row) => row.role === "assistant");
          expect(models.map((row) => row.modelId)).toEqual([
            providerStubs[two].model,
            providerStubs[one].model,
            providerStubs[two].model,
            providerStubs[two].model,
          ]);
          // Thinking stays with its provider.
          expect(JSON.stringify(first.requests)).not.toContain(`of ${two}.`);
          expect(JSON.stringify(second.requests.slice(0, 2))).not.toContain(`of ${one}.`);
        },
      );
    });
  },
  ["sqlite"],
);
