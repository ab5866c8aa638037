import type { ChatToolCall, JsonValue } from "node-llm-trpc/react";
import { ToolSection } from "./tool-section.tsx";

/** The arguments and the result of a tool call. */
export function ToolDetails({ call }: { readonly call: ChatToolCall }) {
  return (
    <>
      {call.arguments !== null && <ToolSection title="Arguments" value={call.arguments} />}
      {call.result !== null && <ToolSection title="Result" value={readResult(call.result)} />}
    </>
  );
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
