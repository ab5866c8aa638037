"use client";

import { useState } from "react";
import type { ChatSettings } from "./use-chat-settings.ts";
import { Dialog } from "../controls/dialog.tsx";
import { TemperatureField } from "./temperature-field.tsx";

/** What the router takes by default. */
const maxLength = 20_000;

interface ChatSettingsDialogProps {
  readonly settings: ChatSettings;
  readonly onClose: () => void;
  /** Resolves with why it could not be saved; null when it was. */
  readonly onSave: (settings: ChatSettings) => Promise<string | null>;
}

/** What a chat is told before its first message, and how freely it answers. */
export default function ChatSettingsDialog(props: ChatSettingsDialogProps) {
  const { onClose, onSave } = props;
  const [text, setText] = useState(props.settings.instructions);
  const [temperature, setTemperature] = useState(props.settings.temperature);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);

  const save = async (): Promise<void> => {
    setIsSaving(true);
    const refused = await onSave({ instructions: text.trim(), temperature });
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
        <TemperatureField value={temperature} onChange={setTemperature} />
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
