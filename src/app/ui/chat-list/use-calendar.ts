import { useEffect, useState } from "react";

export interface Calendar {
  readonly now: Date;
  /** Undefined for the one of this machine. */
  readonly timeZone: string | undefined;
}

/**
 * What time it is, to the hour. It begins with the server's time in UTC, so that the page takes over
 * the same HTML, and goes on with the reader's own.
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
