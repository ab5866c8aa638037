import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What `route.ts` of an App Router exports. */
export interface Route {
  readonly GET: (request: Request) => Promise<Response>;
  readonly POST: (request: Request) => Promise<Response>;
}

/** Answers a request of Node.js with a route of an App Router, as Next.js does. */
export async function answerWith(
  { GET, POST }: Route,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const isPost = request.method === "POST";
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const answer = await (isPost ? POST : GET)(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: isPost ? "POST" : "GET",
      headers,
      signal: leaving.signal,
      ...(isPost && { body: Buffer.concat(parts) }),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.flushHeaders();
  if (answer.body === null) return void response.end();
  // A reader that has left is no failure.
  await pipeline(Readable.from(answer.body), response).catch(() => undefined);
}

/** Serves a route below `/api/`, and a page everywhere else. Resolves to the address. */
export async function serveRoute(route: Route, page: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/")) void answerWith(route, request, response);
    else response.writeHead(200, { "content-type": "text/html" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  return `http://localhost:${address.port}`;
}
