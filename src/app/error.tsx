"use client";

import { CircleAlert } from "lucide-react";
import { Button } from "./ui/controls/button.tsx";
import { Notice } from "./ui/controls/notice.tsx";

interface ErrorPageProps {
  /** Requests the page from the server again. */
  readonly retry: () => void;
}

export default function ErrorPage({ retry }: ErrorPageProps) {
  return (
    <div className="flex h-full min-h-0 flex-1">
      <Notice icon={<CircleAlert aria-hidden />} title="Something went wrong">
        <p>Your chats are safe. Check the server logs for details.</p>
        <Button variant="primary" size="large" onClick={retry}>
          Try again
        </Button>
      </Notice>
    </div>
  );
}
