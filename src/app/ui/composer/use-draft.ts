import { useCallback, useEffect, useState } from "react";

const prefix = "draft:";

export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** Brings back a text that could not be sent, unless something else was written since. */
  readonly restore: (text: string) => void;
  /** Takes the draft along to the key that the page will have in a moment. */
  readonly moveTo: (key: string) => void;
}

/** What is written and not sent, kept for each chat while the tab is open, reloads included. */
export function useDraft(pageKey: string): Draft {
  const [moved, setMoved] = useState<{ readonly from: string; readonly to: string } | null>(null);
  if (moved && moved.from !== pageKey) setMoved(null);
  const key = moved?.from === pageKey ? moved.to : pageKey;
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
  const text = state.key === key ? state.text : "";
  const moveTo = (to: string): void => {
    write(prefix + key, "");
    write(prefix + to, text);
    setState({ key: to, text });
    setMoved({ from: pageKey, to });
  };
  return { text, setText, restore, moveTo };
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
