import { createServer, request as sendRequest } from "node:http";
import type { ServerResponse } from "node:http";

import { onTestFinished } from "vitest";

interface BufferingProxy {
  readonly url: string;
  /** How many bytes of events it holds back. */
  readonly held: number;
}

interface Buffering {
  /** An event stream is held back until it has this many bytes, or ends. */
  readonly bytes: number;
  /** Whether the headers of a stream pass at once, without its events. */
  readonly passesHeaders: boolean;
}

/** A proxy that holds event streams back, as nginx does with `proxy_buffering on`, until the test ends. */
export async function startBufferingProxy(
  target: string,
  { bytes, passesHeaders }: Buffering,
): Promise<BufferingProxy> {
  let held = 0;
  const proxy = createServer((request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const passed = sendRequest(new URL(url, target), { method, headers }, (answered) => {
      const begin = (): ServerResponse =>
        response.headersSent
          ? response
          : response.writeHead(answered.statusCode ?? 502, answered.headers);
      const isStream = answered.headers["content-type"]?.startsWith("text/event-stream") ?? false;
      if (!isStream) return void answered.pipe(begin());
      if (passesHeaders) begin().flushHeaders();
      let buffer: Buffer[] = [];
      let size = 0;
      const flush = (): void => {
        begin().write(Buffer.concat(buffer));
        held -= size;
        buffer = [];
        size = 0;
      };
      answered.on("data", (chunk: Buffer) => {
        buffer.push(chunk);
        size += chunk.length;
        held += chunk.length;
        if (size >= bytes) flush();
      });
      answered.on("end", () => {
        flush();
        response.end();
      });
      answered.on("error", () => response.destroy());
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const { port }: { port?: number } = Object(proxy.address());
  return {
    url: `http://127.0.0.1:${port}`,
    get held() {
      return held;
    },
  };
}
