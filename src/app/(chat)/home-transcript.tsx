"use client";

import type { ComponentType } from "react";
import { useEffect, useState } from "react";
import { PendingTurn } from "../ui/conversation/pending-turn.tsx";
import type { TranscriptProps } from "../ui/conversation/transcript.tsx";

/** How often a load is tried again. Turbopack tries each twice. */
const maxRetries = 10;
const retryDelay = 1_000;

/** Resolves to the component that shows messages. A load that has failed is tried again by the next call. */
export async function loadTranscript(): Promise<ComponentType<TranscriptProps>> {
  return (await import("../ui/conversation/transcript.tsx")).Transcript;
}

/**
 * Shows the first message at once, also while the transcript is still loading. Not with `lazy`, which would never
 * load again after a failure, such as that of a user who is offline for a moment.
 */
export function HomeTranscript(props: TranscriptProps) {
  const [loaded, setLoaded] = useState<{ readonly Transcript: ComponentType<TranscriptProps> }>();
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout>;
    const load = async (retriesLeft: number): Promise<void> => {
      try {
        const Transcript = await loadTranscript();
        if (!isGone) setLoaded({ Transcript });
      } catch (error) {
        if (isGone) return;
        if (retriesLeft === 0) setFailure(error);
        else timer = setTimeout(() => void load(retriesLeft - 1), retryDelay);
      }
    };
    void load(maxRetries);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  // The error page offers to try again.
  if (failure !== null) throw failure;
  if (loaded !== undefined) return <loaded.Transcript {...props} />;
  return (
    <div className="mx-auto flex w-full max-w-184 flex-1 flex-col gap-8 px-4 py-6 md:px-6">
      {props.messages.map(
        (message) => message.role === "user" && <PendingTurn key={message.id} draft={message} />,
      )}
    </div>
  );
}
