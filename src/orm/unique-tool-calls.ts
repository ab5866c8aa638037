import { randomUUID } from "node:crypto";
import type { ToolCall } from "@node-llm/core";

/**
 * The calls with ids that no other call of the message has. Some providers count from 0 in each response,
 * and some send no id at all; a result could then not be told from another one.
 */
export function uniqueToolCalls(
  calls: readonly ToolCall[] | undefined,
  taken: Set<string>,
): ToolCall[] | undefined {
  if (calls === undefined || calls.length === 0) return undefined;
  return calls.map((call) => {
    const base =
      call.id === "" || call.id === undefined
        ? `call_${randomUUID().replaceAll("-", "")}`
        : call.id;
    let id = base;
    for (let count = 2; taken.has(id); count++) id = `${base}_${count}`;
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
}
