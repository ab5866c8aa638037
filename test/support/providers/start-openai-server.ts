import type { ServerResponse } from "node:http";

import { plainSse } from "./formats/model-answer.ts";
import { openaiCall, openaiChunk } from "./formats/openai-format.ts";
import type { StubServer } from "./start-stub-server.ts";
import { dropConnection, startStubServer } from "./start-stub-server.ts";
import { strictOpenAIMessages } from "./strict-openai-messages.ts";

/** What the server does with one request. */
export interface OpenAIAnswer {
  /** Pieces of text, which are sent one by one. */
  readonly text?: readonly string[];
  /** Pieces that the test produces while the answer is sent, after those of `text`. */
  readonly pieces?: AsyncIterable<string>;
  readonly toolCalls?: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
  }[];
  /** The words of a refusal, which are sent after the text. */
  readonly refusal?: string;
  /**
   * The finish reason.
   *
   * @default "tool_calls" with tool calls, otherwise "stop"
   */
  readonly finish?: string;
  /** The delay before each piece, in milliseconds. */
  readonly delay?: number;
  /** An HTTP error instead of an answer. */
  readonly status?: number;
  /** A page instead of an answer, with the status 200, as proxies send them. */
  readonly page?: string;
  /**
   * How the stream ends: with `[DONE]`, without it, by a dropped socket, by an error event, or not at all.
   * `silent` never begins to answer.
   */
  readonly end?: "done" | "eof" | "drop" | "error" | "hang" | "silent";
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

export interface OpenAIServer extends StubServer {
  /** For `OPENAI_API_BASE`. */
  readonly baseUrl: string;
  /** The bodies of the requests, in order. Those that break OpenAI's rules for messages are refused. */
  readonly requests: OpenAIRequest[];
}

export interface OpenAIRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly unknown[];
}

/** An HTTP server that speaks the chat completions format: https://platform.openai.com/docs/api-reference/chat. */
export async function startOpenAIServer(
  answer: (request: OpenAIRequest, index: number) => OpenAIAnswer,
  port = 0,
  onComplaint: (complaint: string) => void = () => undefined,
): Promise<OpenAIServer> {
  const requests: OpenAIRequest[] = [];
  const server = await startStubServer<OpenAIRequest>(async (body, response) => {
    const index = requests.push(body) - 1;
    const complaint = strictOpenAIMessages(body.messages);
    if (complaint !== null) onComplaint(complaint);
    const reply: OpenAIAnswer =
      complaint === null ? answer(body, index) : { status: 400, text: [complaint] };
    if (reply.status !== undefined) {
      const error = { message: reply.text?.[0] ?? "refused by the stub", type: "error" };
      response.writeHead(reply.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error }));
    } else if (reply.page !== undefined) {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(reply.page);
    } else if (reply.end === "silent") return;
    else if (body.stream === true) await streamReply(response, reply);
    else await sendReply(response, reply);
  }, port);
  return { ...server, baseUrl: `${server.origin}/v1`, requests };
}

async function sendReply(response: ServerResponse, reply: OpenAIAnswer): Promise<void> {
  const { usage } = reply;
  const pieces = [...(reply.text ?? [])];
  for await (const piece of reply.pieces ?? []) pieces.push(piece);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      choices: [
        {
          message: {
            role: "assistant",
            content:
              reply.text === undefined && reply.pieces === undefined ? null : pieces.join(""),
            ...(reply.refusal === undefined ? {} : { refusal: reply.refusal }),
            ...(reply.toolCalls === undefined
              ? {}
              : {
                  tool_calls: reply.toolCalls.map((call) =>
                    openaiCall(call.id, call.name, call.arguments),
                  ),
                }),
          },
          finish_reason: finishReason(reply),
        },
      ],
      ...(usage === undefined
        ? {}
        : { usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } }),
    }),
  );
}

async function streamReply(response: ServerResponse, reply: OpenAIAnswer): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (data: object): void =>
    void response.write(plainSse({ data: JSON.stringify(data) }));
  const delta = (value: object, finish: string | null = null): void =>
    send(openaiChunk(value, finish));
  delta({ role: "assistant", content: "" });
  for (const piece of reply.text ?? []) {
    if (reply.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delay));
    if (response.destroyed) return;
    delta({ content: piece });
  }
  for await (const piece of reply.pieces ?? []) {
    if (response.destroyed) return;
    delta({ content: piece });
  }
  for (const [index, { id, name, arguments: args }] of (reply.toolCalls ?? []).entries()) {
    const middle = Math.ceil(args.length / 2);
    delta({ tool_calls: [{ index, ...openaiCall(id, name, args.slice(0, middle)) }] });
    delta({ tool_calls: [{ index, function: { arguments: args.slice(middle) } }] });
  }
  switch (reply.end ?? "done") {
    case "hang":
    case "silent":
      return;
    case "drop":
      return await dropConnection(response);
    case "error":
      send({ error: { message: "A secret of the stub: sk-123" } });
      response.end();
      return;
    case "eof":
      response.end();
      return;
    case "done": {
      if (reply.refusal !== undefined) delta({ refusal: reply.refusal });
      delta({}, finishReason(reply));
      const { usage } = reply;
      if (usage !== undefined) {
        send({
          choices: [],
          usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
        });
      }
      response.end("data: [DONE]\n\n");
    }
  }
}

function finishReason({ finish, toolCalls }: OpenAIAnswer): string {
  return finish ?? (toolCalls === undefined ? "stop" : "tool_calls");
}
