import type { ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { suggestions } from "../(chat)/first-words.ts";
import { curatedAnswers } from "./curated-answers.ts";
import { DocsIndex } from "./docs-index.ts";
import { createOfflineProvider } from "./offline-provider.ts";
import { readDocumentation } from "./read-documentation.ts";
import { searchDocsName } from "./search-docs-tool.ts";

const documentation = await readDocumentation(process.cwd());
const index = new DocsIndex(documentation, curatedAnswers);
const provider = createOfflineProvider({ wordsPerSecond: Infinity });

const search: ToolDefinition = {
  type: "function",
  function: { name: searchDocsName, description: "", parameters: {} },
  handler: async (args) => {
    const { query } = z.object({ query: z.string() }).parse(args);
    return JSON.stringify(index.search(query));
  },
};

async function ask(question: string): Promise<string> {
  const chat = createLLM({ provider }).chat("offline").withTools([search]);
  let text = "";
  for await (const chunk of chat.stream(question)) text += chunk.content;
  return text;
}

describe("the curated answers", () => {
  it.each(curatedAnswers)("$asks.0", async ({ asks, document, heading, text }) => {
    for (const question of asks) expect(await ask(question)).toContain(text);
    // Long answers would be search results again.
    expect(text.length).toBeLessThan(1_000);
    const sections = documentation.filter((section) => section.document === document);
    const headings = sections.map((section) => section.heading.split(" › ").at(-1));
    expect(headings).toContain(heading);
  });

  it("use only names that the documentation knows", () => {
    const known = documentation.map(({ heading, text }) => `${heading}\n${text}`).join("\n");
    const unknown = curatedAnswers.flatMap(({ text }) =>
      [...text.replaceAll(/```[^]*?```/g, "").matchAll(/`([^`]+)`/g)]
        .map((match) => match[1] ?? "")
        .filter((name) => !known.includes(name.replace(/\(.*\)$/, ""))),
    );
    expect(unknown).toEqual([]);
  });

  it("are given to other words for the same question", async () => {
    const questions: Readonly<Record<string, string>> = {
      "how can I mount the router?": "createChatRouter",
      "What happens if my server gets killed while it answers?": "at most 250 ms",
      "what if I open two tabs": "live",
      "can I stop the answer in another tab": "Only Stop stops",
      "how to use OpenAI": "OPENAI_API_KEY",
      "do I need redis": "nothing but the same database",
      "How do I test this?": "createScriptedProvider",
      "does it work on vercel": "background",
      "How do users only see their own chats?": "scope",
      "what does it cost": "dollars",
      "how do I get started": "npm install",
      "what database do I need": "SQLite and PostgreSQL",
      "does this support MySQL?": "SQLite and PostgreSQL",
      "can I use Postgres?": "SQLite and PostgreSQL",
      "how do I add a login / authentication": "scope",
      "how do I add a system prompt": "instructions",
      "can I switch the model": "`models`",
      "how do I remove or delete a chat": "deleteChat",
      "how do I rename chats": "renameChat",
      "what are the rate limits": "TOO_MANY_REQUESTS",
      "what about recovery?": "at most 250 ms",
      "what is a hub": "createRedisHub",
      "how do I monitor this in production": "onEvent",
      "is this free": "MIT",
    };
    for (const [question, text] of Object.entries(questions)) {
      expect(await ask(question), question).toContain(text);
    }
  });

  it("cover every suggestion but the one that sends feedback", async () => {
    const texts = curatedAnswers.map(({ text }) => text);
    for (const suggestion of suggestions.slice(0, -1)) {
      const answer = await ask(suggestion.text);
      expect(texts.some((text) => answer.startsWith(text))).toBe(true);
    }
    expect(suggestions.at(-1)?.text).toMatch(/^Send feedback: /);
  });

  it.each([
    "12 * 7",
    "Which football club won yesterday?",
    "Write a poem about herons",
    "Who is the president of France?",
    "What is the capital of Norway and its population?",
  ])("are not given to %j", async (question) => {
    const answer = await ask(question);
    expect(answer).toMatch(/^I (?:don’t know|have no ready answer)/);
  });
});
