"use client";

import type { ComponentType } from "react";
import { loadLater } from "../ui/controls/load-later.ts";
import { PendingTurn } from "../ui/conversation/pending-turn.tsx";
import type { TranscriptProps } from "../ui/conversation/transcript.tsx";

/** Resolves to the component that shows messages. A load that has failed is tried again by the next call. */
export async function loadTranscript(): Promise<ComponentType<TranscriptProps>> {
  return (await import("../ui/conversation/transcript.tsx")).Transcript;
}

const Transcript = loadLater(loadTranscript);

/** Shows the first message at once, also while the transcript is still loading. */
export function HomeTranscript(props: TranscriptProps) {
  const questions = props.messages.map(
    (message) => message.role === "user" && <PendingTurn key={message.id} draft={message} />,
  );
  return (
    <Transcript
      {...props}
      fallback={
        <div className="mx-auto flex w-full max-w-184 flex-1 flex-col gap-8 px-4 py-6 md:px-6">
          {questions}
        </div>
      }
    />
  );
}
