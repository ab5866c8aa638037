import type { JsonValue } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import type { AppToolCall } from "../app/app-types.ts";
import { FoundPassages } from "./found-passages.tsx";
import { ToolSection } from "./tool-section.tsx";

/** The arguments and the result of a tool call. */
export function ToolDetails({ call }: { readonly call: AppToolCall }) {
  return (
    <>
      {call.arguments !== null && <ToolSection title="Arguments" value={call.arguments} />}
      {call.result !== null && (
        <ToolSection title="Result" value={resultOf(call, call.result)}>
          {resultCard(call)}
        </ToolSection>
      )}
    </>
  );
}

/** Shows what the demo's own tools return. Undefined for what other tools do, and for failures. */
function resultCard(call: AppToolCall): ReactNode {
  // The output of a call that was stored without one is its text.
  if (call.status !== "complete" || typeof call.output !== "object") return undefined;
  switch (call.name) {
    case "search_docs":
      return <FoundPassages passages={call.output} documents={call.progress?.documents} />;
    case "send_feedback":
      return (
        <p>
          Saved to <code className="font-mono text-[13px]">{call.output.file}</code> on the server.
        </p>
      );
    default:
      return undefined;
  }
}

/** What the tool returned or, if that is only a text, as for a failure, what this text means. */
function resultOf({ output }: AppToolCall, text: string): JsonValue {
  return typeof output === "object" && output !== null ? output : readResult(text);
}

/** Parses a result that is a JSON object or array. Other results, such as a number, read best as text. */
function readResult(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
