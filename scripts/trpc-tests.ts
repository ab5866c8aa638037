/**
 * Runs tRPC's own tests for subscriptions over HTTP against the adapters of this package. They are not a part of this
 * repository: give it a checkout of https://github.com/trpc/trpc in which `pnpm install` has run.
 *
 * `npm run trpc-tests -- <checkout>` uses these adapters, and `npm run trpc-tests -- <checkout> --theirs` tRPC's.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vitest/config";
import { startVitest } from "vitest/node";

const [folder = "", flag] = process.argv.slice(2);
const root = resolve(folder);
const tests = join(root, "packages/tests/server");
if (folder === "" || !existsSync(tests))
  throw new Error(
    "There are no tests of tRPC in that folder. Clone https://github.com/trpc/trpc, run pnpm install in it, and run " +
      "`npm run trpc-tests -- <folder>`.",
  );

const ours = resolve(import.meta.dirname, "../src/adapters");
const theirs = join(root, "packages/server/src/adapters/standalone");

/** tRPC's tests create their servers with this package's adapter, which finds tRPC's own in the checkout. */
const adapters: Plugin = {
  name: "adapters",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === theirs && importer?.startsWith(ours) === false && flag !== "--theirs"
      ? join(ours, "standalone.ts")
      : null,
};

process.chdir(root);
const vitest = await startVitest(
  "test",
  ["httpSubscriptionLink", "streaming.test", "issue-5945-stream-null", "issue-6461-stream-error"],
  {
    root,
    config: false,
    watch: false,
    globals: true,
    environment: "node",
    dir: tests,
    setupFiles: [join(root, "packages/tests/suppressActWarnings.ts")],
    snapshotFormat: { printBasicPrototype: true },
    execArgv: ["--expose-gc"],
    restoreMocks: true,
  },
  {
    plugins: [adapters],
    resolve: {
      alias: [{ find: /^@trpc\/([a-z-]+)(\/.*)?$/, replacement: join(root, "packages/$1/src$2") }],
    },
  },
);
await vitest.close();
