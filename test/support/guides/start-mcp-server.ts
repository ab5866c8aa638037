import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { onTestFinished } from "vitest";

interface McpHttpServer {
  readonly url: string;
  /** The sessions that no client has ended yet. */
  readonly open: Set<string>;
  /** The `authorization` of each session that was begun. */
  readonly begun: string[];
}

/** A real MCP server over HTTP, whose tool says for whom the session is. It runs until the test ends. */
export async function startMcpServer(): Promise<McpHttpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const open = new Set<string>();
  const begun: string[] = [];

  async function begin(authorization: string): Promise<StreamableHTTPServerTransport> {
    begun.push(authorization);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        open.add(id);
        transports.set(id, transport);
      },
      onsessionclosed: (id) => void open.delete(id),
    });
    const mcp = new McpServer({ name: "people", version: "1.0.0" });
    mcp.registerTool("name", { description: "Who asks" }, () => ({
      content: [{ type: "text", text: `This is ${authorization}` }],
    }));
    await mcp.connect(transport);
    return transport;
  }

  const server = createServer((request, response) => {
    const id = request.headers["mcp-session-id"];
    const known = typeof id === "string" ? transports.get(id) : undefined;
    void (async () => {
      const transport = known ?? (await begin(request.headers.authorization ?? ""));
      await transport.handleRequest(request, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/mcp`, open, begun };
}
