import { createServer } from "node:http";

import { afterwards } from "./fake-next-server.ts";
import type { Route } from "./serve-route.ts";
import { answerWith } from "./serve-route.ts";

/**
 * Runs one function of a serverless platform in this process, which the platform has forked. It answers one request with a
 * route of an app, and says when it has nothing more to do.
 */
export function runFunction(route: Route): void {
  const server = createServer((request, response) => {
    void (async () => {
      await answerWith(route, request, response);
      while (afterwards.size > 0) await Promise.all(afterwards);
      process.send?.("idle");
    })();
  });
  server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
}
