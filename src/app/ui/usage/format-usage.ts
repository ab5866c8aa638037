/** @param time milliseconds */
export function formatDuration(time: number): string {
  if (time < 1_000) return `${Math.round(time)} ms`;
  if (time < 60_000) return `${(time / 1_000).toFixed(1)} s`;
  return `${Math.floor(time / 60_000)} min ${Math.round((time % 60_000) / 1_000)} s`;
}

/** @param cost US dollars; small amounts get more digits */
export function formatCost(cost: number): string {
  if (cost === 0) return "$0";
  if (cost < 0.0001) return "<$0.0001";
  return `$${cost.toFixed(cost < 0.01 ? 4 : 2)}`;
}
