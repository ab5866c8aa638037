import type { JsonValue } from "node-llm-trpc/react";

interface ToolValueProps {
  readonly value: JsonValue;
  /** How many objects and arrays the value is nested in. */
  readonly depth?: number;
}

/** Deeper values are shown as JSON, because there is no room for more columns. */
const maxDepth = 3;

/** A JSON value in readable form: names next to values, real line breaks, no quotes or braces. */
export function ToolValue({ value, depth = 0 }: ToolValueProps) {
  if (typeof value !== "object" || value === null) {
    return (
      <span className={`tool-${typeof value}`}>{value === "" ? "(empty)" : String(value)}</span>
    );
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return <span className="tool-none">(empty)</span>;
  if (depth >= maxDepth) return <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>;
  if (Array.isArray(value)) {
    return (
      <ol className="tool-list">
        {entries.map(([index, child]) => (
          <li key={index}>
            <ToolValue value={child} depth={depth + 1} />
          </li>
        ))}
      </ol>
    );
  }
  return (
    <dl className="tool-fields">
      {entries.map(([name, child]) => (
        <div key={name} data-nested={isNested(child) || undefined}>
          <dt>{name}</dt>
          <dd>
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
