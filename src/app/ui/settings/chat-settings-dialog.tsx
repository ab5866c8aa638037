"use client";

import { useState } from "react";
import type { ChatSettings } from "../app/app-types.ts";
import { Button } from "../controls/button.tsx";
import { fieldClass } from "../controls/field-class.ts";
import { Dialog } from "../controls/dialog.tsx";
import { TemperatureField } from "./temperature-field.tsx";

/** The router's default limit, in characters. */
const maxLength = 20_000;

interface ChatSettingsDialogProps {
  readonly settings: ChatSettings;
  readonly onClose: () => void;
  /** Resolves to an error message, or null if the settings were saved. */
  readonly onSave: (settings: ChatSettings) => Promise<string | null>;
}

/** Edits the instructions and the temperature of a chat. */
export function ChatSettingsDialog(props: ChatSettingsDialogProps) {
  const { onClose, onSave } = props;
  const [text, setText] = useState(props.settings.instructions);
  const [temperature, setTemperature] = useState(props.settings.temperature);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);

  const save = async (): Promise<void> => {
    setIsSaving(true);
    const failure = await onSave({ instructions: text.trim(), temperature });
    setIsSaving(false);
    setProblem(failure);
    if (failure === null) onClose();
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
            dir="auto"
            className={`${fieldClass} w-full resize-y py-2`}
            rows={6}
            data-autofocus
            maxLength={maxLength}
            value={text}
            placeholder="No further instructions"
            aria-describedby="instructions-hint"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p id="instructions-hint" className="text-sm text-muted-foreground">
          Tell the model how to respond in this chat, in addition to what the app tells it. Changes
          take effect with its next answer.
        </p>
        <TemperatureField value={temperature} onChange={setTemperature} />
        {problem !== null && (
          <p role="alert" className="text-sm text-destructive">
            {problem}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button size="medium" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" size="medium" disabled={isSaving}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
