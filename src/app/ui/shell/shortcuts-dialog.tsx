"use client";

import { Dialog } from "../controls/dialog.tsx";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const mod = isMac ? "⌘" : "Ctrl";
const alt = isMac ? "⌥" : "Alt";

const groups = [
  {
    title: "Composer",
    shortcuts: [
      { keys: ["Enter"], does: "Send message" },
      { keys: ["Shift", "Enter"], does: "New line" },
      { keys: ["↑"], does: "Edit last question (empty composer)" },
      { keys: ["Esc"], does: "Stop the answer or cancel an edit" },
    ],
  },
  {
    title: "Anywhere",
    shortcuts: [
      { keys: ["Shift", "Esc"], does: "Focus the composer" },
      { keys: [mod, "Shift", "O"], does: "New chat" },
      { keys: [mod, "K"], does: "Search chats" },
      { keys: [mod, "B"], does: "Show or hide the chat list" },
      { keys: [alt, "T"], does: "Focus notifications" },
      { keys: [mod, "/"], does: "Show shortcuts" },
    ],
  },
  {
    title: "Chat list",
    shortcuts: [
      { keys: ["↑", "↓"], does: "Previous or next chat" },
      { keys: ["→"], does: "Chat options" },
    ],
  },
];

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {groups.map((group) => (
        <section key={group.title}>
          <h3 className="text-xs font-medium text-muted-foreground">{group.title}</h3>
          <dl className="mt-1 text-sm">
            {group.shortcuts.map(({ keys, does }) => (
              <div
                key={does}
                className="flex items-center justify-between gap-4 border-b border-border py-1.5 last:border-0"
              >
                <dt>{does}</dt>
                <dd className="flex shrink-0 gap-1">
                  {keys.map((key) => (
                    <kbd
                      key={key}
                      className="rounded border border-input bg-muted px-1.5 py-0.5 font-sans text-xs whitespace-nowrap"
                    >
                      {key}
                    </kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
