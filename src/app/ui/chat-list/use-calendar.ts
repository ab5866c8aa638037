import { useEffect, useState } from "react";

export interface Calendar {
  readonly now: Date;
  /** Undefined for the browser's own time zone. */
  readonly timeZone: string | undefined;
}

/**
 * Returns the current time, updated every hour. It starts with the server's time in UTC so that
 * hydration sees the same HTML, then switches to the user's own time zone.
 */
export function useCalendar(serverTime: string): Calendar {
  const [calendar, setCalendar] = useState<Calendar>(() => ({
    now: new Date(serverTime),
    timeZone: "UTC",
  }));
  useEffect(() => {
    const update = (): void => setCalendar({ now: new Date(), timeZone: undefined });
    update();
    const timer = setInterval(update, 3_600_000);
    return () => clearInterval(timer);
  }, []);
  return calendar;
}
