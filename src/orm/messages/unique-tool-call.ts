import { randomUUID } from "node:crypto";
import type { ToolCall } from "@node-llm/core";
import { toStorable } from "../../chat/storable-text.ts";

/**
 * The call with an id that no other call of the message has: some providers count from 0 in each response, and some
 * send no id at all, so results could be confused. Arguments become JSON text, because some providers send an empty
 * text for none, or a parsed object.
 */
export function uniqueToolCall(call: ToolCall, taken: Set<string>): ToolCall {
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
}

/** @param args text by its type, but not always in fact. */
function argumentsText(args: unknown): string {
  if (typeof args !== "string") return JSON.stringify(args ?? {});
  return args.trim() === "" ? "{}" : toStorable(args);
}
