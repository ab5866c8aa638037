import { HydrationBoundary } from "@tanstack/react-query";
import { DatabaseZap } from "lucide-react";
import type { ReactNode } from "react";
import { databaseProblem } from "../server/database-problem.ts";
import { prefetch } from "../server/prefetch.ts";
import { AppShell } from "../ui/shell/app-shell.tsx";
import { buttonClass } from "../ui/controls/button.tsx";
import { Notice } from "../ui/controls/notice.tsx";

export const dynamic = "force-dynamic";

export default async function ChatLayout({ children }: { readonly children: ReactNode }) {
  const problem = await databaseProblem();
  if (problem !== null) {
    return (
      <main className="flex h-dvh">
        <Notice icon={<DatabaseZap aria-hidden />} title="The database is not ready">
          <p>{problem}</p>
          {/* Submitting a form without an action reloads the page. */}
          <form>
            <button className={buttonClass("primary", "large")}>Reload</button>
          </form>
        </Notice>
      </main>
    );
  }
  const state = await prefetch(async ({ chat }) => {
    await Promise.all([chat.list.prefetchInfinite({}), chat.models.prefetch()]);
  });
  return (
    <HydrationBoundary state={state}>
      <AppShell now={new Date().toISOString()}>{children}</AppShell>
    </HydrationBoundary>
  );
}
