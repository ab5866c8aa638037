import { existsSync } from "node:fs";

const slim = "./src/app/ui/markdown/slim";

/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  experimental: {
    // The first build would spend a fifth of its time on a cache that only later ones read.
    turbopackFileSystemCacheForBuild: existsSync(".next/BUILD_ID"),
  },
  // `npm start` does not make anybody wait for what `npm run types` and the tests check.
  typescript: { ignoreBuildErrors: process.env.DEMO_SKIP_TYPES === "1" },
  // Native modules, and packages that read their own files, can't be bundled.
  serverExternalPackages: ["better-sqlite3", "@node-llm/core"],
  // What markdown-it imports but browsers have, or the demo does not use: 23 KiB.
  turbopack: {
    resolveAlias: {
      entities: { browser: `${slim}/entities.ts` },
      "linkify-it": { browser: `${slim}/linkify-it.ts` },
      "punycode.js": { browser: `${slim}/punycode.ts` },
      mdurl: { browser: `${slim}/mdurl.ts` },
      "uc.micro": { browser: `${slim}/uc-micro.ts` },
    },
  },
  // Browsers request this path on pages that don't declare an icon.
  async rewrites() {
    return [{ source: "/favicon.ico", destination: "/icon.svg" }];
  },
  async headers() {
    return [
      {
        source: "/:path*",
        headers: [
          { key: "X-Content-Type-Options", value: "nosniff" },
          { key: "X-Frame-Options", value: "DENY" },
          { key: "Referrer-Policy", value: "same-origin" },
        ],
      },
    ];
  },
};
