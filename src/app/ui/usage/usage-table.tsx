import Link from "next/link";
import type { UsageGroup } from "node-llm-trpc/react";
import { useId } from "react";
import { formatCost, formatDuration } from "./format-usage.ts";

interface UsageTableProps {
  readonly title: string;
  /** The heading of the first column. */
  readonly head: string;
  readonly groups: readonly UsageGroup[];
  readonly nameOf: (group: UsageGroup) => string;
  readonly linkTo?: (group: UsageGroup) => string;
}

const numbers = ["Cost", "Requests", "Errors", "Input tokens", "Output tokens", "p50", "p95"];

export function UsageTable({ title, head, groups, nameOf, linkTo }: UsageTableProps) {
  const titleId = useId();
  return (
    <div>
      <h2 id={titleId} className="mb-2 text-sm font-semibold">
        {title}
      </h2>
      <div className="usage-table" tabIndex={0} role="region" aria-labelledby={titleId}>
        <table>
          <thead>
            <tr>
              <th scope="col">{head}</th>
              {numbers.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={group.key}>
                <th scope="row">
                  {linkTo === undefined ? (
                    nameOf(group)
                  ) : (
                    <Link href={linkTo(group)} prefetch={false}>
                      {nameOf(group)}
                    </Link>
                  )}
                </th>
                <td>{group.cost === null ? "–" : formatCost(group.cost)}</td>
                <td>{group.requests.toLocaleString("en-US")}</td>
                <td>{group.errors.toLocaleString("en-US")}</td>
                <td>{group.inputTokens.toLocaleString("en-US")}</td>
                <td>{group.outputTokens.toLocaleString("en-US")}</td>
                <td>{group.p50 === null ? "–" : formatDuration(group.p50)}</td>
                <td>{group.p95 === null ? "–" : formatDuration(group.p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
