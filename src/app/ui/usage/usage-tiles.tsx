import { formatCost } from "./format-usage.ts";
import type { UsageTotals } from "./usage-summary.ts";

export function UsageTiles({ totals }: { readonly totals: UsageTotals }) {
  const { requests, errors, inputTokens, outputTokens, cachedTokens } = totals;
  const tiles = [
    { name: "Requests", value: requests.toLocaleString("en-US") },
    { name: "Errors", value: errors.toLocaleString("en-US") },
    {
      name: "Input tokens",
      value: inputTokens.toLocaleString("en-US"),
      note: cachedTokens ? `${cachedTokens.toLocaleString("en-US")} from a cache` : undefined,
    },
    { name: "Output tokens", value: outputTokens.toLocaleString("en-US") },
    { name: "Cost", value: describeCost(totals) },
  ];
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-border bg-border sm:grid-cols-5 forced-colors:gap-2">
      {tiles.map(({ name, value, note }) => (
        <div key={name} className="min-w-0 bg-card px-4 py-3 last:col-span-2 sm:last:col-span-1">
          <dt className="text-xs text-muted-foreground">{name}</dt>
          <dd className="truncate text-lg font-semibold tabular-nums">{value}</dd>
          {note !== undefined && (
            <dd className="text-xs text-muted-foreground tabular-nums">{note}</dd>
          )}
        </div>
      ))}
    </dl>
  );
}

function describeCost({ requests, cost }: UsageTotals): string {
  if (cost !== null) return formatCost(cost);
  // Without requests the cost is zero; with requests to unpriced models it is unknown.
  return requests === 0 ? "$0" : "Unknown";
}
