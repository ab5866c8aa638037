import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import { join } from "node:path";

import { createLLM } from "@node-llm/core";
import { build } from "esbuild";
import { createHTTPHandler } from "node-llm-trpc/adapters/standalone";
import type { ScriptedProvider } from "node-llm-trpc/testing";
import { createTestDatabase } from "node-llm-trpc/testing";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { openClient } from "../../../test/support/databases/open-client.ts";
import { createAppRouter } from "../../../test/support/servers/create-app-router.ts";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";

/** An app whose users log in without a reload. Its server believes the cookie `user`. */
export interface UserApp {
  readonly url: string;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** Starts the app, with this model. */
export async function startUserApp(provider: ScriptedProvider): Promise<UserApp> {
  const database = await createTestDatabase(({ url }) => openClient(url));
  const { prisma } = database;
  const script = await bundlePage();
  const handle = createHTTPHandler({
    router: createAppRouter(prisma, createLLM({ provider })),
    basePath: "/trpc/",
    createContext: ({ req }) => ({
      userId: /user=(\w+)/.exec(req.headers.cookie ?? "")?.[1] ?? null,
    }),
  });
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/trpc/") === true) return handle(request, response);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(`<!doctype html><body><script type="module">${script}</script></body>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    prisma,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await database.close();
    },
  };
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [join(import.meta.dirname, "page.tsx")],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    write: false,
  });
  // The text stands in a script element.
  return (outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script");
}
