"use client";

import { CircleAlert } from "lucide-react";
import { Notice } from "./ui/controls/notice.tsx";

interface ErrorPageProps {
  /** Asks the server for the page again. */
  readonly retry: () => void;
}

export default function ErrorPage({ retry }: ErrorPageProps) {
  return (
    <div className="flex h-full min-h-0 flex-1">
      <Notice icon={<CircleAlert aria-hidden />} title="Something went wrong on this page">
        <p>Your chats are safe: they are stored on the server. Its output says more.</p>
        <button type="button" className="link-button" onClick={retry}>
          Try again
        </button>
      </Notice>
    </div>
  );
}
