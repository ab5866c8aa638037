import { useCallback, useEffect, useState } from "react";

const prefix = "draft:";

export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** Restores a text that could not be sent, unless the user has typed something else since. */
  readonly restore: (text: string) => void;
  /** Moves the draft to the key that the page is about to get. */
  readonly moveTo: (key: string) => void;
}

/** Keeps the unsent text of each chat while the tab is open, across reloads. */
export function useDraft(pageKey: string): Draft {
  const [moved, setMoved] = useState<{ readonly from: string; readonly to: string } | null>(null);
  if (moved && moved.from !== pageKey) setMoved(null);
  const key = moved?.from === pageKey ? moved.to : pageKey;
  const [state, setState] = useState({ key, text: "" });

  useEffect(() => {
    const kept = read(prefix + key);
    // Text typed before this effect ran wins over the stored draft.
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

/** If storage is disabled, drafts last only as long as the page. */
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
