"use client";

import { ChevronDown } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { useUsage } from "../../client/chat-hooks.ts";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { fillDays, sortByCost, startOfRange, sumUsage } from "./usage-summary.ts";
import { UsageTable } from "./usage-table.tsx";
import { UsageTiles } from "./usage-tiles.tsx";

const UsageCharts = dynamic(() => import("./usage-charts.tsx"), {
  ssr: false,
  loading: () => <div className="chart-grid-loading" aria-hidden />,
});

const ranges = [7, 30, 90];
const maxChats = 10;

/**
 * Requests, tokens, cost and response times over a number of days.
 *
 * @param now when the server rendered the page
 */
export function UsageScreen({ now }: { readonly now: string }) {
  const [days, setDays] = useState(30);
  const from = startOfRange(now, days);
  const perDay = useUsage({ from, groupBy: "day" });
  const perModel = useUsage({ from, groupBy: "model" });
  const perChat = useUsage({ from, groupBy: "chat" });
  const error = perDay.error ?? perModel.error ?? perChat.error;
  const dayGroups = fillDays(perDay.groups, from, days);
  const totals = sumUsage(perDay.groups);
  const isEmpty = !perDay.isLoading && totals.requests === 0;

  return (
    <>
      <header className="chat-header">
        <OpenDrawerButton />
        <h1 className="min-w-0 flex-1 truncate text-sm font-medium">Usage</h1>
        <label className="range-picker">
          <span className="text-muted-foreground">Last</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {ranges.map((range) => (
              <option key={range} value={range}>
                {range} days
              </option>
            ))}
          </select>
          <ChevronDown aria-hidden />
        </label>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} role="region" aria-label="Usage">
        <div className="mx-auto flex max-w-240 flex-col gap-6 px-4 py-6 md:px-6">
          {error !== null && (
            <ErrorBanner
              message={error.message}
              onDismiss={null}
              onRetry={() => {
                for (const query of [perDay, perModel, perChat]) void query.refetch();
              }}
            />
          )}
          <UsageTiles totals={totals} />
          {isEmpty ? (
            <div className="flex flex-col items-center gap-4 py-10 text-center text-sm text-muted-foreground">
              <p className="max-w-sm text-pretty">
                No usage in the last {days} days. Start a chat to see its tokens, cost and response
                times here.
              </p>
              <Link href="/" prefetch={false} className="link-button">
                Start a chat
              </Link>
            </div>
          ) : (
            <>
              <UsageCharts days={dayGroups} />
              <UsageTable
                title="By model"
                head="Model"
                groups={sortByCost(perModel.groups)}
                nameOf={({ key }) => key}
              />
              <UsageTable
                title="Most expensive chats"
                head="Chat"
                groups={sortByCost(perChat.groups).slice(0, maxChats)}
                nameOf={({ key, title }) => title ?? key}
                linkTo={({ key }) => `/chats/${key}`}
              />
              <UsageTable
                title="By day"
                head="Day (UTC)"
                groups={perDay.groups.toSorted((a, b) => b.key.localeCompare(a.key))}
                nameOf={({ key }) => key}
              />
            </>
          )}
        </div>
      </div>
    </>
  );
}
