import type { ServerResponse } from "node:http";

import type { ModelAnswer, ModelError } from "./formats/model-answer.ts";
import type { ProviderStub, StubRequest } from "./provider-stubs.ts";
import type { StubServer } from "./start-stub-server.ts";
import { startStubServer } from "./start-stub-server.ts";

/** An error instead of a response. */
export interface HttpError {
  readonly http: ModelError;
}

export interface StartedStub extends StubServer {
  /** The bodies of the requests, in order. */
  readonly requests: readonly unknown[];
  /** What the real provider would have refused, with the number of the request. Each was answered with 400. */
  readonly complaints: readonly string[];
}

/**
 * Starts a server that stands in for a provider and refuses what the real one refuses.
 *
 * @param replies the replies to the requests, in order. A request more is refused.
 */
export async function startProviderStub(
  stub: ProviderStub,
  replies: readonly (ModelAnswer | HttpError)[],
): Promise<StartedStub> {
  const requests: unknown[] = [];
  const complaints: string[] = [];
  const issued = new Set<string>();
  const server = await startStubServer<unknown>(async (body, response, { url = "", headers }) => {
    const { pathname, searchParams } = new URL(url, "http://stub");
    const request: StubRequest = { path: pathname, query: searchParams, headers, body };
    const number = requests.push(body);
    const complaint = complaintAbout(stub, request, issued);
    const reply = replies[number - 1];
    if (complaint !== null || reply === undefined) {
      complaints.push(`request ${number}: ${complaint ?? "one too many"}`);
      sendError(stub, response, { status: 400, message: complaint ?? "one too many" });
    } else if ("http" in reply) sendError(stub, response, reply.http);
    else {
      for (const signature of stub.signatures(reply)) issued.add(signature);
      if (stub.isStream(request)) await sendStream(stub, response, reply);
      else sendJson(response, 200, stub.whole(reply));
    }
  });
  return { ...server, requests, complaints };
}

function complaintAbout(
  stub: ProviderStub,
  request: StubRequest,
  issued: ReadonlySet<string>,
): string | null {
  const path = stub.isStream(request) ? stub.paths.stream : stub.paths.whole;
  if (!path.test(request.path)) return `unknown path ${request.path}`;
  // Ollama has no keys, and core sends one nevertheless.
  if (stub.keyOf(request) === undefined) return "no key";
  return stub.refuse(request.body, (signature) => issued.has(signature));
}

function sendError(stub: ProviderStub, response: ServerResponse, error: ModelError): void {
  sendJson(response, error.status, stub.error(error));
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}

async function sendStream(
  stub: ProviderStub,
  response: ServerResponse,
  answer: ModelAnswer,
): Promise<void> {
  response.writeHead(200, { "content-type": stub.streamType });
  for (const packet of stub.packets(answer))
    await new Promise((resolve) => response.write(packet, resolve));
  if (answer.cut === "drop") response.destroy();
  else response.end();
}
