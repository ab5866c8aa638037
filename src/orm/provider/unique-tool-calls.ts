import { randomUUID } from "node:crypto";
import type { ToolCall } from "@node-llm/core";
import { toStorable } from "../database/storable-text.ts";

/**
 * The calls with ids that no other call of the message has. Some providers count from 0 in each response,
 * and some send no id at all; a result could then not be told from another one. Arguments become JSON text:
 * a call without any has an empty text, and some providers parse them.
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
        : toStorable(call.id);
    let id = base;
    for (let count = 2; taken.has(id); count++) id = `${base}_${count}`;
    taken.add(id);
    const args = argumentsText(call.function.arguments);
    const name = toStorable(call.function.name);
    const isSame = id === call.id && args === call.function.arguments;
    if (isSame && name === call.function.name) return call;
    return { ...call, id, function: { ...call.function, name, arguments: args } };
  });
}

/** @param args text by its type, and not always in fact. */
function argumentsText(args: unknown): string {
  if (typeof args !== "string") return JSON.stringify(args ?? {});
  return args.trim() === "" ? "{}" : toStorable(args);
}
