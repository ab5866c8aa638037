import { expect, it } from "vitest";

import { join, raw, sql } from "./sql-text.ts";

const numbered = (index: number): string => `$${index}`;

it("binds texts, dates and bigints in the order in which they stand, and writes numbers", () => {
  const date = new Date(0);
  const owner = sql`${raw('"owner"')}=${"Anna"}`;
  const statement = sql`UPDATE t SET at=${date},n=n-${-1}+${1e-7} WHERE ${owner} AND b=${5n}`;
  expect(statement.render(numbered)).toEqual({
    text: 'UPDATE t SET at=$1,n=n-(-1)+1e-7 WHERE "owner"=$2 AND b=$3',
    values: [date, "Anna", 5n],
  });
});

it("joins pieces", () => {
  const all = join([sql`a=${"1"}`, raw("b"), sql`${"2"}`], " AND ");
  expect(all.render(() => "?")).toEqual({ text: "a=? AND b AND ?", values: ["1", "2"] });
  expect(join([], ",").render(numbered)).toEqual({ text: "", values: [] });
  expect(sql`(${join([sql`${"x"}`], ",")})`.render(numbered).text).toBe("($1)");
});

it("refuses a number that SQL cannot write", () => {
  for (const value of [NaN, Infinity, -Infinity]) expect(() => sql`${value}`).toThrow(RangeError);
});
