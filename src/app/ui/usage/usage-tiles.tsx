import { formatCost } from "./describe-usage.ts";
import type { UsageTotals } from "./usage-summary.ts";

export function UsageTiles({ totals }: { readonly totals: UsageTotals }) {
  const { requests, errors, inputTokens, outputTokens } = totals;
  const tiles = [
    { name: "Requests", value: requests.toLocaleString("en-US") },
    { name: "Errors", value: errors.toLocaleString("en-US") },
    { name: "Tokens in", value: inputTokens.toLocaleString("en-US") },
    { name: "Tokens out", value: outputTokens.toLocaleString("en-US") },
    { name: "Cost", value: describeCost(totals) },
  ];
  return (
    <dl className="tiles">
      {tiles.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function describeCost({ requests, cost }: UsageTotals): string {
  if (cost !== null) return formatCost(cost);
  // Nothing costs nothing; a model without a price costs nobody knows what.
  return requests === 0 ? "$0" : "unknown";
}
