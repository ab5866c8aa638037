import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

import { followUpComplaint } from "./follow-up-complaint.ts";
import type { WireCase, WireReply } from "./wire-case.ts";

/** The requests of one run of a case. */
export interface PlayedCase {
  readonly requests: readonly { readonly at: number; readonly body: unknown }[];
  /** Why the provider would have refused a request, or which request was one too many. */
  readonly complaints: readonly string[];
}

/** A server that plays many cases at once. */
export interface CaseServer {
  readonly origin: string;
  /** Plays the case to clients that ask under `origin/name`. */
  play(name: string, wireCase: Pick<WireCase, "provider" | "responses" | "then">): PlayedCase;
  close(): Promise<void>;
}

interface Playing {
  readonly wireCase: Pick<WireCase, "provider" | "responses" | "then">;
  readonly requests: { readonly at: number; readonly body: unknown }[];
  readonly complaints: string[];
}

export async function startCaseServer(): Promise<CaseServer> {
  const playing = new Map<string, Playing>();
  const server = createServer((request, response) => {
    const [, name = ""] = (request.url ?? "").split("/");
    const run = playing.get(name);
    const answer = async (): Promise<void> => {
      const body = await readJson(request);
      await writeReply(response, run === undefined ? unknownCase : replyTo(run, body));
    };
    answer().catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    play: (name, wireCase) => {
      const run: Playing = { wireCase, requests: [], complaints: [] };
      playing.set(name, run);
      return run;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unknownCase: WireReply = { status: 404, headers: {}, writes: [{ text: "No such case" }] };

function replyTo({ wireCase, requests, complaints }: Playing, body: unknown): WireReply {
  const number = requests.push({ at: performance.now(), body });
  const refuse = (complaint: string): WireReply => {
    complaints.push(`request ${number}: ${complaint}`);
    return refusal;
  };
  const complaint = followUpComplaint(wireCase.provider, body);
  if (complaint !== null) return refuse(complaint);
  const text = JSON.stringify(body);
  for (const { request, contains, otherwise } of wireCase.then ?? []) {
    const missing = request === number ? contains.filter((part) => !text.includes(part)) : [];
    if (missing.length === 0) continue;
    complaints.push(`request ${number} does not contain ${missing.join(" and ")}`);
    return otherwise;
  }
  return wireCase.responses[number - 1] ?? refuse("one too many");
}

const refusal: WireReply = {
  status: 400,
  headers: { "content-type": "application/json" },
  writes: [{ text: '{"error":{"message":"refused by the stub","type":"invalid_request_error"}}' }],
};

/** Writes each part by itself, in a packet of its own as far as that can be arranged. */
async function writeReply(response: ServerResponse, reply: WireReply): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.socket?.setNoDelay(true);
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  for (const { text = "", base64, delayMs } of reply.writes) {
    if (delayMs !== undefined)
      await wait(delayMs, undefined, { signal: gone.signal }).catch(() => undefined);
    if (gone.signal.aborted) return;
    const bytes = base64 === undefined ? Buffer.from(text) : Buffer.from(base64, "base64");
    await new Promise((resolve) => response.write(bytes, resolve));
    await new Promise(setImmediate);
  }
  response.end();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}
