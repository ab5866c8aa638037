import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { TRPCClient } from "@trpc/client";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { BuildOptions } from "esbuild";
import { build } from "esbuild";
import { onTestFinished } from "vitest";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { createAppClient } from "../clients/create-app-client.ts";
import type { AppRouter } from "../servers/create-app-router.ts";
import { guideTrpc } from "./guide-trpc.ts";

interface GuideServer {
  readonly url: string;
  readonly client: (userId: string) => TRPCClient<AppRouter>;
}

/** A page that shows what a script renders. */
export const pageWith = (script: string): string =>
  `<!doctype html><html lang="en"><title>Guide</title><link rel="icon" href="data:,"><div id="root"></div><script type="module">${script}</script></html>`;

/** Serves the router of a guide until the test ends, and at `/` a page that was bundled. */
export async function serveGuide(router: AppRouter, script = ""): Promise<GuideServer> {
  const handle = createHTTPHandler({
    router,
    createContext: guideTrpc.createContext,
    basePath: "/trpc/",
  });
  const page = pageWith(script);
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/trpc/")) handle(request, response);
    else response.writeHead(200, { "content-type": "text/html" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // The address of a server that listens on a port has this type.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return { url, client: (userId) => createAppClient(`${url}/trpc`, userId) };
}

/** Bundles a page that shows a component of a guide, as an app with `@trpc/react-query` would. */
export async function bundlePage(folder: string, file: string, element: string): Promise<string> {
  const contents = `
    import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
    import { httpBatchLink, httpSubscriptionLink, splitLink } from "@trpc/client";
    import { createRoot } from "react-dom/client";
    import * as app from "./client/trpc";
    import * as guide from ${JSON.stringify(`./${file}`)};
    const trpc = guide.trpc ?? app.trpc;
    const queryClient = new QueryClient();
    const client = trpc.createClient({
      links: [
        splitLink({
          condition: (operation) => operation.type === "subscription",
          true: httpSubscriptionLink({ url: "/trpc" }),
          false: httpBatchLink({ url: "/trpc" }),
        }),
      ],
    });
    createRoot(document.getElementById("root")).render(
      <trpc.Provider client={client} queryClient={queryClient}>
        <QueryClientProvider client={queryClient}><guide.${element} /></QueryClientProvider>
      </trpc.Provider>,
    );`;
  return await bundle(folder, contents);
}

/** Bundles the code of a page for a browser. `~` may stand for a folder, as in create-t3-app. */
export async function bundle(
  folder: string,
  contents: string,
  alias: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options: BuildOptions = {
    stdin: { contents, loader: "tsx", resolveDir: folder },
    alias,
    tsconfigRaw: {},
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    nodePaths: [`${projectRoot}/node_modules`],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  };
  const { outputFiles = [] } = await build(options);
  return outputFiles[0]?.text.replaceAll("</script", "<\\/script") ?? "";
}
