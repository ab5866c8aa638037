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
      { keys: [alt, "T"], does: "Focus notifications" },
      { keys: [mod, "/"], does: "Show shortcuts" },
    ],
  },
];

export default function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {groups.map((group) => (
        <section key={group.title}>
          <h3 className="text-xs font-medium text-muted-foreground">{group.title}</h3>
          <dl className="shortcut-list">
            {group.shortcuts.map(({ keys, does }) => (
              <div key={does}>
                <dt>{does}</dt>
                <dd>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
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
