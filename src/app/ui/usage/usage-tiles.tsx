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
    <dl className="tiles">
      {tiles.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {note !== undefined && <dd className="tile-note">{note}</dd>}
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
