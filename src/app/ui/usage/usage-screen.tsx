"use client";

import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useChatApp, useUsage } from "../app/chat-app.ts";
import { buttonClass } from "../controls/button.tsx";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { Menu } from "../controls/menu.tsx";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { PageHeader } from "../shell/page-header.tsx";
import { UsageChart } from "./usage-chart.tsx";
import { daysToShow, fillDays, sortByCost, startOfRange, sumUsage } from "./usage-summary.ts";
import { UsageTable } from "./usage-table.tsx";
import { UsageTiles } from "./usage-tiles.tsx";

const ranges = [7, 30, 90];
const maxChats = 10;

/**
 * Requests, tokens, cost and response times over a number of days.
 *
 * @param now when the server rendered the page
 */
export function UsageScreen({ now }: { readonly now: string }) {
  const { Link } = useChatApp();
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
      <PageHeader>
        <OpenDrawerButton />
        <h1 className="min-w-0 flex-1 truncate px-1 text-sm font-medium">Usage</h1>
        <Menu
          label={`Range: last ${days} days`}
          className="inline-flex h-8 items-center gap-1.5 rounded-md border border-border bg-card px-2.5 text-sm hover:border-input pointer-coarse:h-10"
          items={ranges.map((range) => ({
            label: `Last ${range} days`,
            isChecked: range === days,
            onSelect: () => setDays(range),
          }))}
        >
          Last {days} days
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Menu>
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} role="region" aria-label="Usage">
        <div className="mx-auto flex max-w-240 flex-col gap-6 px-4 py-6 md:px-6">
          {error !== null && (
            <ErrorBanner
              message={error.message}
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
              <Link href="/" className={buttonClass("primary", "large")}>
                Start a chat
              </Link>
            </div>
          ) : (
            <>
              <UsageChart days={daysToShow(dayGroups)} />
              <UsageTable
                title="By model"
                head="Model"
                groups={sortByCost(perModel.groups)}
                renderName={({ key }) => key}
              />
              <UsageTable
                title="Most expensive chats"
                head="Chat"
                groups={sortByCost(perChat.groups).slice(0, maxChats)}
                renderName={({ key, title }) => (
                  <Link
                    href={`/chats/${key}`}
                    className="text-primary underline decoration-1 underline-offset-3"
                  >
                    <bdi>{title ?? key}</bdi>
                  </Link>
                )}
              />
              <UsageTable
                title="By day"
                head="Day (UTC)"
                groups={perDay.groups.toSorted((a, b) => b.key.localeCompare(a.key))}
                renderName={({ key }) => key}
              />
            </>
          )}
        </div>
      </div>
    </>
  );
}
