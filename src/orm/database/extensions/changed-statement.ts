import { isDeepStrictEqual } from "node:util";

import type { Row } from "../client/prisma-client-like.ts";
import type { TableRole } from "../client/table-names.ts";
import type { Probe } from "./catch.ts";
import type { Refuse } from "../client/list-extensions.ts";

/** The keys whose values differ. A missing value is undefined. */
export function changedKeys(given: Row, arrived: Row): readonly string[] {
  const keys = new Set([...Object.keys(given), ...Object.keys(arrived)]);
  return [...keys].filter((key) => !isDeepStrictEqual(given[key], arrived[key]));
}

/** Raw statements read and write these models as well, past the extensions. */
const rawRoles: readonly (TableRole | undefined)[] = ["chunk", "usage", "usageDay", "account"];

/**
 * Checks the conditions of a statement that has arrived with others than it had. More of them hide rows, as a soft
 * delete does.
 *
 * @throws ChatError `CONFIGURATION` when other rows could be meant, or none can.
 */
export function checkConditions(probe: Probe, arrived: unknown, refuse: Refuse): void {
  const { where: given }: { readonly where?: unknown } = Object(probe.args);
  // Prisma finds the row of an update by a key that stands beside the other conditions.
  const isKept = (probe.operation === "update" ? hasConditions : keepsConditions)(arrived, given);
  if (!isKept) throw refuse(`drops the conditions of ${probe.name}. ${leaveOut}`, probe);
  if (rawRoles.includes(probe.role))
    throw refuse(`hides rows from ${probe.name}, which raw statements find. ${leaveOut}`, probe);
  const column = unknownColumn(arrived, probe.fields ?? []);
  if (column !== null)
    throw refuse(
      `asks for \`${column}\` in ${probe.name}, which that model does not have. ${leaveOut}`,
      probe,
    );
}

/** What to do about an extension. */
export const leaveOut = "Leave that model out of it.";

/** Whether conditions still have those that were given, alone or together with others. */
function keepsConditions(arrived: unknown, given: unknown): boolean {
  if (hasConditions(arrived, given)) return true;
  const all: unknown = Reflect.get(Object(arrived), "AND");
  return [all].flat().some((one) => one !== undefined && keepsConditions(one, given));
}

/** Whether conditions have those that were given beside each other, as the key of a row must be. */
function hasConditions(arrived: unknown, given: unknown): boolean {
  if (typeof arrived !== "object" || arrived === null) return false;
  if (typeof given !== "object" || given === null) return false;
  const conditions = Object.entries(given);
  return conditions.every(([key, value]) => isDeepStrictEqual(Reflect.get(arrived, key), value));
}

/** A column in conditions that the model does not have; null when it has all. */
function unknownColumn(where: unknown, fields: readonly string[]): string | null {
  for (const [key, value] of Object.entries(Object(where))) {
    if (!["AND", "OR", "NOT"].includes(key)) {
      if (!fields.includes(key)) return key;
      continue;
    }
    for (const one of [value].flat()) {
      const unknown = unknownColumn(one, fields);
      if (unknown !== null) return unknown;
    }
  }
  return null;
}
