import type { UsageGroup } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import { useId } from "react";
import { formatCost, formatDuration } from "./format-usage.ts";

interface UsageTableProps {
  readonly title: string;
  /** The heading of the first column. */
  readonly head: string;
  readonly groups: readonly UsageGroup[];
  readonly renderName: (group: UsageGroup) => ReactNode;
}

const numbers = ["Cost", "Requests", "Errors", "Input tokens", "Output tokens", "p50", "p95"];

/** A frame that scrolls sideways, while the first column stays where it is. */
const frameClass =
  "scroll-cue overflow-x-auto rounded-xl border border-border text-sm [&_:is(th,td)]:border-b [&_:is(th,td)]:border-border [&_:is(th,td)]:px-3 [&_:is(th,td)]:py-1.5 [&_:is(th,td)]:text-end [&_:is(th,td)]:tabular-nums [&_tbody_tr:last-child_:is(th,td)]:border-b-0 [&_th:first-child]:sticky [&_th:first-child]:start-0 [&_th:first-child]:max-w-[40vw] [&_th:first-child]:truncate [&_th:first-child]:bg-background [&_th:first-child]:text-start [&_th:first-child]:font-normal md:[&_th:first-child]:max-w-80";

export function UsageTable({ title, head, groups, renderName }: UsageTableProps) {
  const titleId = useId();
  return (
    <div>
      <h2 id={titleId} className="mb-2 text-sm font-semibold">
        {title}
      </h2>
      <div className={frameClass} tabIndex={0} role="region" aria-labelledby={titleId}>
        <table className="w-full border-collapse whitespace-nowrap">
          <thead className="text-xs text-muted-foreground">
            <tr>
              <th scope="col">{head}</th>
              {numbers.map((name) => (
                <th key={name} scope="col" className="font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={group.key}>
                <th scope="row">{renderName(group)}</th>
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
