import type { ContentPart } from "@node-llm/core";
import { createLLM } from "@node-llm/core";
import { afterEach, describe, expect, it } from "vitest";
import { recordProvider } from "./call/instrument-provider.ts";
import { canRead, filePart, missingFilePart } from "./file-parts.ts";

const originalFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = originalFetch;
});

const pixel = Buffer.from("iVBORw0KGgo=", "base64");
const page = Buffer.from("%PDF-1.7");
const image = filePart({ name: "dot.png", mediaType: "image/png", size: 8 }, pixel);
const pdf = filePart({ name: "paper.pdf", mediaType: "application/pdf", size: 8 }, page);
const text = filePart({ name: "a.md", mediaType: "text/markdown", size: 3 }, Buffer.from("# Ä"));
const imageUrl = `data:image/png;base64,${pixel.toString("base64")}`;
const pdfUrl = `data:application/pdf;base64,${page.toString("base64")}`;
const question: ContentPart[] = [{ type: "text", text: "See" }, text, image, pdf];

/** The content of the question in the body that core's provider sends, and the requests that it makes. */
async function send(name: string, model: string): Promise<{ content: unknown; urls: string[] }> {
  const llm = createLLM({
    provider: name,
    openaiApiKey: "sk",
    anthropicApiKey: "sk",
    geminiApiKey: "sk",
    mistralApiKey: "sk",
    openrouterApiKey: "sk",
    xaiApiKey: "sk",
    deepseekApiKey: "sk",
    bedrockApiKey: "sk",
    bedrockRegion: "us-east-1",
  });
  if (llm.provider === undefined) throw new Error("no provider");
  const provider = recordProvider(llm.provider, {
    signal: new AbortController().signal,
    cachesPrompt: false,
    onRequest: () => Promise.resolve(),
  });
  const urls: string[] = [];
  let content: unknown;
  globalThis.fetch = (input, init) => {
    urls.push(String(input instanceof Request ? input.url : input));
    const body: {
      messages?: { role: string; content: unknown }[];
      contents?: { role: string; parts: unknown }[];
    } = JSON.parse(String(init?.body));
    content = body.messages?.at(-1)?.content ?? body.contents?.at(-1)?.parts;
    return Promise.resolve(
      Response.json({
        content: [{ type: "text", text: "Fine." }],
        choices: [{ message: { content: "Fine." }, finish_reason: "stop" }],
        candidates: [{ content: { parts: [{ text: "Fine." }] }, finishReason: "STOP" }],
        output: { message: { content: [{ text: "Fine." }] } },
        usage: {},
        stopReason: "end_turn",
      }),
    );
  };
  await provider.chat({ model, messages: [{ role: "user", content: question }] });
  return { content, urls };
}

const written = { type: "text", text: "See" };
const textPart = { type: "text", text: "a.md:\n# Ä" };
const imagePart = { type: "image_url", image_url: { url: imageUrl } };
const filePartOf = { type: "file", file: { filename: "paper.pdf", file_data: pdfUrl } };

it.each([
  ["openai", "gpt-4o", [written, textPart, imagePart, filePartOf]],
  ["openrouter", "openai/gpt-4o", [written, textPart, imagePart, filePartOf]],
  [
    "mistral",
    "pixtral-12b",
    [
      written,
      textPart,
      imagePart,
      { type: "document_url", document_url: pdfUrl, document_name: "paper.pdf" },
    ],
  ],
  [
    "anthropic",
    "claude-3-7-sonnet-20250219",
    [
      written,
      textPart,
      {
        type: "image",
        source: { type: "base64", media_type: "image/png", data: pixel.toString("base64") },
      },
      {
        type: "document",
        source: { type: "base64", media_type: "application/pdf", data: page.toString("base64") },
      },
    ],
  ],
  [
    "gemini",
    "gemini-2.0-flash",
    [
      { text: "See" },
      { text: "a.md:\n# Ä" },
      { inlineData: { mimeType: "image/png", data: pixel.toString("base64") } },
      { inlineData: { mimeType: "application/pdf", data: page.toString("base64") } },
    ],
  ],
] as const)("%s gets images and PDF files in its own form", async (name, model, expected) => {
  const { content, urls } = await send(name, model);
  expect(content).toEqual(expected);
  // Core would read an address or a path itself.
  expect(urls).toHaveLength(1);
});

it("a model that cannot read a file gets its name, also when it is asked in place of another", async () => {
  const { content } = await send("deepseek", "deepseek-v4-pro");
  expect(content).toEqual([
    written,
    textPart,
    missingFilePart({ name: "dot.png", mediaType: "image/png", size: 8 }, "unreadable"),
    missingFilePart({ name: "paper.pdf", mediaType: "application/pdf", size: 8 }, "unreadable"),
  ]);
});

describe("canRead", () => {
  const reader = (name: string, model: string, assumeModelExists = false) => ({
    provider: createLLM({
      provider: name,
      openaiApiKey: "sk",
      deepseekApiKey: "sk",
      geminiApiKey: "sk",
      xaiApiKey: "sk",
      bedrockApiKey: "sk",
      bedrockRegion: "us-east-1",
    }).provider,
    model,
    assumeModelExists,
  });

  it.each([
    ["openai", "gpt-4o", true, true],
    ["openai", "gpt-3.5-turbo", false, false],
    ["openai", "gpt-of-tomorrow", true, true],
    ["deepseek", "deepseek-v4-pro", false, false],
    ["gemini", "gemini-2.0-flash", true, true],
    ["xai", "grok-of-tomorrow", true, false],
    ["bedrock", "amazon.nova-lite-v1:0", true, false],
  ])("knows of %s's %s", (name, model, readsImages, readsPdf) => {
    expect(canRead(reader(name, model), "image/png")).toBe(readsImages);
    expect(canRead(reader(name, model), "application/pdf")).toBe(readsPdf);
    expect(canRead(reader(name, model), "text/csv")).toBe(true);
  });

  it("leaves it to the app what a model can do, if that says so", () => {
    expect(canRead(reader("openai", "gpt-3.5-turbo", true), "image/png")).toBe(true);
  });

  it("trusts a provider of the app", () => {
    const own = { provider: { id: "own" }, model: "gpt-4o", assumeModelExists: false };
    expect(canRead(own, "application/pdf")).toBe(true);
  });
});

it("names what is not sent in words", () => {
  const facts = { name: "a.png", mediaType: "image/png", size: 12 };
  expect(missingFilePart(facts, "too old")).toEqual({
    type: "text",
    text: '(The file "a.png", image/png, 12 bytes, was attached here. It was sent earlier in this conversation and is no longer shown to you.)',
  });
});
