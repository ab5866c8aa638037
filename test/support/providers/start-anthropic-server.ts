import type { ServerResponse } from "node:http";

import type { StubServer } from "./start-stub-server.ts";
import { dropConnection, startStubServer } from "./start-stub-server.ts";
import type { AnthropicRequest } from "./strict-anthropic-messages.ts";
import { strictAnthropicMessages } from "./strict-anthropic-messages.ts";

export type AnthropicBlock =
  | { readonly thinking: string; readonly signature: string }
  | { readonly redacted: string }
  /** Pieces of text, which are sent one by one. */
  | { readonly text: readonly string[] }
  /** `json` is streamed instead of `input`: `""` for a call without arguments. */
  | {
      readonly tool: string;
      readonly id: string;
      readonly input?: Readonly<Record<string, unknown>>;
      readonly json?: string;
    };

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
  readonly usage?: { readonly input_tokens: number; readonly output_tokens: number };
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
      if ("thinking" in block) signatures.add(`${block.signature} ${block.thinking}`);
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
  response.end(
    JSON.stringify({
      type: "message",
      role: "assistant",
      content: (reply.blocks ?? []).map((block) => {
        if ("thinking" in block) return { type: "thinking", ...block };
        if ("redacted" in block) return { type: "redacted_thinking", data: block.redacted };
        if ("text" in block) return { type: "text", text: block.text.join("") };
        return { type: "tool_use", id: block.id, name: block.tool, input: block.input ?? {} };
      }),
      stop_reason: stopReason(reply),
      usage: reply.usage ?? noUsage,
    }),
  );
}

async function streamReply(response: ServerResponse, reply: AnthropicAnswer): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const usage = reply.usage ?? noUsage;
  const send = async (type: string, data: object): Promise<void> => {
    if (reply.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delay));
    if (!response.destroyed)
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  await send("message_start", {
    message: { role: "assistant", content: [], usage: { ...usage, output_tokens: 1 } },
  });
  await send("ping", {});
  for (const [index, block] of (reply.blocks ?? []).entries()) {
    const [start, deltas] = wireBlock(block);
    await send("content_block_start", { index, content_block: start });
    for (const delta of deltas) await send("content_block_delta", { index, delta });
    if (response.destroyed) return;
    await send("content_block_stop", { index });
  }
  switch (reply.end ?? "stop") {
    case "hang":
      return;
    case "drop":
      return await dropConnection(response);
    case "error":
      await send("error", { error: { type: "overloaded_error", message: "Secret sk-ant-1" } });
      response.end();
      return;
    case "eof":
      response.end();
      return;
    case "stop":
      await send("message_delta", {
        delta: { stop_reason: stopReason(reply), stop_sequence: null },
        usage: { output_tokens: usage.output_tokens },
      });
      await send("message_stop", {});
      response.end();
  }
}

function wireBlock(block: AnthropicBlock): [start: object, deltas: object[]] {
  if ("thinking" in block) {
    const middle = Math.ceil(block.thinking.length / 2);
    const pieces = [block.thinking.slice(0, middle), block.thinking.slice(middle)];
    return [
      { type: "thinking", thinking: "", signature: "" },
      [
        ...pieces.map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block.signature },
      ],
    ];
  }
  if ("redacted" in block) return [{ type: "redacted_thinking", data: block.redacted }, []];
  if ("text" in block)
    return [{ type: "text", text: "" }, block.text.map((text) => ({ type: "text_delta", text }))];
  const json = block.json ?? JSON.stringify(block.input ?? {});
  const middle = Math.ceil(json.length / 2);
  return [
    { type: "tool_use", id: block.id, name: block.tool, input: {} },
    [json.slice(0, middle), json.slice(middle)].map((partial) => ({
      type: "input_json_delta",
      partial_json: partial,
    })),
  ];
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
