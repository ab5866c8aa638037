import { useCallback, useEffect, useState } from "react";

const prefix = "draft:";

export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** Brings back a text that could not be sent, unless something else was written since. */
  readonly restore: (text: string) => void;
}

/** What is written and not sent, kept for each chat while the tab is open, reloads included. */
export function useDraft(key: string): Draft {
  const [state, setState] = useState({ key, text: "" });

  useEffect(() => {
    const kept = read(prefix + key);
    // What was typed before the page was ready counts more than what was kept.
    setState((now) => (now.key === key && now.text !== "" ? now : { key, text: kept }));
  }, [key]);

  const setText = useCallback(
    (text: string) => {
      setState({ key, text });
      write(prefix + key, text);
    },
    [key],
  );
  const restore = useCallback(
    (text: string) => {
      if (read(prefix + key) === "") write(prefix + key, text);
      setState((now) => (now.key === key && now.text === "" ? { key, text } : now));
    },
    [key],
  );
  return { text: state.key === key ? state.text : "", setText, restore };
}

/** Storage can be switched off; a draft is then kept by the page alone. */
function read(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function write(key: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // See above.
  }
}
