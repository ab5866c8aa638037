/** The calendar periods of a budget, in UTC. */
export const budgetPeriods = ["minute", "hour", "day", "month"] as const;

/** A calendar period, in UTC: a `day` begins at midnight, a `month` on its first day. */
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** What the answers and titles of a scope may cost in a period: US dollars, or tokens. */
export type ChatBudget =
  | {
      /** US dollars. A model without a known price is refused. */
      readonly usd: number;
      readonly tokens?: undefined;
      /** The calendar period, in UTC. */
      readonly per: BudgetPeriod;
    }
  | {
      /** Tokens, those that the model reads and those that it writes. */
      readonly tokens: number;
      readonly usd?: undefined;
      /** The calendar period, in UTC. */
      readonly per: BudgetPeriod;
    };

/** When the period that contains a time began, in milliseconds. */
export function periodStart(period: BudgetPeriod, time: number): number {
  const date = new Date(time);
  if (period === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return time - (time % periodMs[period]);
}

/** When the period that contains a time ends, in milliseconds. */
export function periodEnd(period: BudgetPeriod, time: number): number {
  const date = new Date(time);
  if (period === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return periodStart(period, time) + periodMs[period];
}

/** A day in UTC always has 24 hours. */
const periodMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
