import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { startOfRange } from "../../ui/usage/usage-summary.ts";
import { databaseProblem } from "../../server/database-problem.ts";
import { prefetch } from "../../server/prefetch.ts";
import { UsageScreen } from "../../ui/usage/usage-screen.tsx";

export const metadata: Metadata = { title: "Usage" };

/** The server renders the numbers; the browser draws the charts. */
export default async function UsagePage() {
  // The layout shows the problem.
  if ((await databaseProblem()) !== null) return null;
  const now = new Date().toISOString();
  const from = startOfRange(now, 30);
  const state = await prefetch(async ({ chat }) => {
    const groupings = ["day", "model", "chat"] as const;
    await Promise.all(groupings.map((groupBy) => chat.usage.prefetch({ from, groupBy })));
  });
  return (
    <HydrationBoundary state={state}>
      <UsageScreen now={now} />
    </HydrationBoundary>
  );
}
