import type { ServerResponse } from "node:http";

import type { AnthropicBlock, AnthropicUsage } from "./formats/anthropic-format.ts";
import {
  anthropicEnd,
  anthropicError,
  anthropicMessage,
  anthropicStart,
} from "./formats/anthropic-format.ts";
import type { SseEvent } from "./formats/model-answer.ts";
import { plainSse } from "./formats/model-answer.ts";
import type { StubServer } from "./start-stub-server.ts";
import { dropConnection, startStubServer } from "./start-stub-server.ts";
import type { AnthropicRequest } from "./strict-anthropic-messages.ts";
import { strictAnthropicMessages } from "./strict-anthropic-messages.ts";

/** What the server does with one request. */
export interface AnthropicAnswer {
  readonly blocks?: readonly AnthropicBlock[];
  /** The delay before each event, in milliseconds. */
  readonly delay?: number;
  /** An HTTP error instead of an answer. */
  readonly status?: number;
  readonly message?: string;
  /** How the stream ends: with `message_stop`, without it, by a dropped socket, by an error event, or not at all. */
  readonly end?: "stop" | "eof" | "drop" | "error" | "hang";
  readonly usage?: AnthropicUsage;
}

/** Pass `origin` to `reachAnthropicAt`. */
export interface AnthropicServer extends StubServer {
  /** The bodies of the requests, in order. Those that break Anthropic's rules are refused. */
  readonly requests: AnthropicRequest[];
}

/** An HTTP server that speaks Anthropic's Messages format: https://docs.anthropic.com/en/api/messages-streaming. */
export async function startAnthropicServer(
  answer: (request: AnthropicRequest, index: number) => AnthropicAnswer,
): Promise<AnthropicServer> {
  const requests: AnthropicRequest[] = [];
  const signatures = new Set<string>();
  const server = await startStubServer<AnthropicRequest>(async (body, response) => {
    const index = requests.push(body) - 1;
    const complaint = strictAnthropicMessages(body, (thinking, signature) =>
      signatures.has(`${signature} ${thinking}`),
    );
    const reply =
      complaint === null ? answer(body, index) : ({ status: 400, message: complaint } as const);
    for (const block of reply.blocks ?? [])
      if ("thinking" in block)
        signatures.add(`${block.signature} ${[block.thinking].flat().join("")}`);
    if (reply.status !== undefined) {
      response.writeHead(reply.status, { "content-type": "application/json" });
      const error = { type: "api_error", message: reply.message ?? "refused by the stub" };
      response.end(JSON.stringify({ type: "error", error }));
    } else if (body.stream === true) await streamReply(response, reply);
    else sendReply(response, reply);
  });
  return { ...server, requests };
}

const noUsage = { input_tokens: 0, output_tokens: 0 };

function stopReason(reply: AnthropicAnswer): string {
  return (reply.blocks ?? []).some((block) => "tool" in block) ? "tool_use" : "end_turn";
}

function sendReply(response: ServerResponse, reply: AnthropicAnswer): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(anthropicMessage(reply.blocks ?? [], stopReason(reply), reply.usage ?? noUsage));
}

async function streamReply(response: ServerResponse, reply: AnthropicAnswer): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const usage = reply.usage ?? noUsage;
  const send = async (events: readonly SseEvent[]): Promise<void> => {
    for (const event of events) {
      if (reply.delay !== undefined)
        await new Promise((resolve) => setTimeout(resolve, reply.delay));
      if (!response.destroyed) response.write(plainSse(event));
    }
  };
  await send(anthropicStart(reply.blocks ?? [], usage));
  switch (reply.end ?? "stop") {
    case "hang":
      return;
    case "drop":
      return await dropConnection(response);
    case "error":
      await send([
        { event: "error", data: anthropicError({ status: 503, message: "Secret sk-ant-1" }) },
      ]);
      response.end();
      return;
    case "eof":
      response.end();
      return;
    case "stop":
      await send(anthropicEnd(stopReason(reply), usage));
      response.end();
  }
}

/** Redirects requests for `https://api.anthropic.com` to a server, since core has no setting for that URL. */
export function reachAnthropicAt(origin: string): () => void {
  const original = globalThis.fetch;
  const redirected = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    return original(url.replace("https://api.anthropic.com", origin), init);
  };
  globalThis.fetch = redirected;
  return () => {
    globalThis.fetch = original;
  };
}
