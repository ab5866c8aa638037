import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

import { streamText } from "ai";

import { serve } from "./serve.ts";
import { sseLanguageModel } from "./sse-language-model.ts";

/** The AI SDK's own example: `streamText` and `toUIMessageStreamResponse`. It saves nothing. */
const [providerUrl = ""] = process.argv.slice(2);
const model = sseLanguageModel(`${providerUrl}/v1`, "bench");

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const piece of request) body += String(piece);
  const { content } = JSON.parse(body) as { content: string };
  const result = streamText({ model, messages: [{ role: "user", content }] });
  const { status, headers, body: stream } = result.toUIMessageStreamResponse();
  response.writeHead(status, Object.fromEntries(headers));
  const reader = stream?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next === undefined || next.done) break;
    response.write(next.value);
  }
  response.end();
}

serve(
  createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.emitWarning(String(error));
      response.destroy();
    });
  }),
);
