"use client";

import { useState } from "react";
import { Dialog } from "./dialog.tsx";

/** What the router takes by default. */
const maxLength = 20_000;

interface ChatSettingsDialogProps {
  readonly instructions: string;
  readonly onClose: () => void;
  /** Resolves with why it could not be saved; null when it was. */
  readonly onSave: (instructions: string) => Promise<string | null>;
}

/** What a chat is told before its first message. */
export default function ChatSettingsDialog(props: ChatSettingsDialogProps) {
  const { onClose, onSave } = props;
  const [text, setText] = useState(props.instructions);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);

  const save = async (): Promise<void> => {
    setIsSaving(true);
    const refused = await onSave(text.trim());
    setIsSaving(false);
    setProblem(refused);
    if (refused === null) onClose();
  };

  return (
    <Dialog title="Chat settings" onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">Instructions</span>
          <textarea
            className="text-field"
            rows={6}
            data-autofocus
            maxLength={maxLength}
            value={text}
            placeholder="The demo’s own instructions"
            aria-describedby="instructions-hint"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p id="instructions-hint" className="text-sm text-soft">
          What the model is told before the first message of this chat, from the next answer on.
          Leave it empty for the demo’s own.
        </p>
        {problem !== null && (
          <p role="alert" className="text-sm text-danger">
            {problem}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="text-button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="text-button text-button-accent" disabled={isSaving}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
