import { expect, test } from "vitest";
import { shortcutOf } from "./use-shortcuts.ts";

const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test("recognizes the listed shortcuts with Ctrl and with Command", () => {
  for (const mod of [{ ctrlKey: true }, { metaKey: true }]) {
    expect(shortcutOf({ ...none, ...mod, key: "k" })).toBe("search");
    expect(shortcutOf({ ...none, ...mod, key: "b" })).toBe("toggleSidebar");
    expect(shortcutOf({ ...none, ...mod, key: "/" })).toBe("help");
    expect(shortcutOf({ ...none, ...mod, shiftKey: true, key: "O" })).toBe("newChat");
  }
  expect(shortcutOf({ ...none, shiftKey: true, key: "Escape" })).toBe("compose");
});

test("ignores plain typing and other modifiers", () => {
  for (const key of ["k", "?", "/", "o", "Escape", "Enter"]) {
    expect(shortcutOf({ ...none, key })).toBeNull();
  }
  expect(shortcutOf({ ...none, ctrlKey: true, altKey: true, key: "k" })).toBeNull();
  expect(shortcutOf({ ...none, ctrlKey: true, shiftKey: true, key: "k" })).toBeNull();
});
