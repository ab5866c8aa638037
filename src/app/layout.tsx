import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "./client/providers.tsx";
import { beforePaint } from "./client/before-paint.ts";
import "./styles/globals.css";

export const metadata: Metadata = {
  title: { default: "node-llm-trpc", template: "%s · node-llm-trpc" },
  description: "Chat over tRPC and Prisma: streamed, stored and resumable.",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  interactiveWidget: "resizes-content",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fbfbf9" },
    { media: "(prefers-color-scheme: dark)", color: "#151715" },
  ],
};

export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    // The script sets `data-theme` before hydration.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* Browsers do not tell a script's nonce. */}
        <script
          nonce={nonce}
          suppressHydrationWarning
          dangerouslySetInnerHTML={{ __html: beforePaint }}
        />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
