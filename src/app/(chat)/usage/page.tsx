import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { firstMoment } from "../../ui/usage/usage-summary.ts";
import { databaseProblem } from "../../server/database-problem.ts";
import { prefetch } from "../../server/prefetch.ts";
import { UsageScreen } from "../../ui/usage/usage-screen.tsx";

export const metadata: Metadata = { title: "Usage" };

/** The numbers are part of the HTML; the charts are drawn in the browser. */
export default async function UsagePage() {
  // The layout says what is wrong.
  if ((await databaseProblem()) !== null) return null;
  const now = new Date().toISOString();
  const from = firstMoment(now, 30);
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
