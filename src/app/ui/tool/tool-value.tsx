import type { JsonValue } from "node-llm-trpc/react";

interface ToolValueProps {
  readonly value: JsonValue;
  /** How many objects and arrays the value is nested in. */
  readonly depth?: number;
}

const textClass = "[unicode-bidi:plaintext] whitespace-pre-wrap [overflow-wrap:anywhere]";
const numberClass = "text-(--code-number)";

/** Deeper values are shown as JSON, because there is no room for more columns. */
const maxDepth = 3;

/** A JSON value in readable form: names next to values, real line breaks, no quotes or braces. */
export function ToolValue({ value, depth = 0 }: ToolValueProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <span dir="auto" className={typeof value === "string" ? textClass : numberClass}>
        {value === "" ? "(empty)" : String(value)}
      </span>
    );
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return <span className="text-muted-foreground">(empty)</span>;
  if (depth >= maxDepth) {
    return (
      <pre tabIndex={0} className="overflow-x-auto font-mono text-xs leading-5">
        {JSON.stringify(value, null, 2)}
      </pre>
    );
  }
  if (Array.isArray(value)) {
    return (
      <ol className="leading-5">
        {entries.map(([index, child]) => (
          <li key={index} className="border-b border-border py-1 last:border-b-0">
            <ToolValue value={child} depth={depth + 1} />
          </li>
        ))}
      </ol>
    );
  }
  return (
    <dl className="leading-5">
      {entries.map(([name, child]) => (
        <div
          key={name}
          className={
            isNested(child)
              ? "py-0.5"
              : "grid grid-cols-[minmax(4.5rem,auto)_minmax(0,1fr)] gap-x-3 py-0.5"
          }
        >
          <dt className="max-w-40 font-mono text-xs leading-5 text-muted-foreground [overflow-wrap:anywhere]">
            {name}
          </dt>
          <dd className={isNested(child) ? "mt-0.5 border-s border-input ps-3" : ""}>
            <ToolValue value={child} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function isNested(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
