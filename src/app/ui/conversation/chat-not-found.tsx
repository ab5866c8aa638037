"use client";

import { MessageCircleQuestion } from "lucide-react";
import { useChatApp } from "../app/chat-app.ts";
import { buttonClass } from "../controls/button.tsx";
import { Notice } from "../controls/notice.tsx";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { PageHeader } from "../shell/page-header.tsx";

export function ChatNotFound() {
  const { Link } = useChatApp();
  return (
    <>
      <PageHeader isBare>
        <OpenDrawerButton />
      </PageHeader>
      <Notice icon={<MessageCircleQuestion aria-hidden />} title="Chat not found">
        <p>It may have been deleted, or the link may be incomplete.</p>
        <Link href="/" className={buttonClass("primary", "large")}>
          Start a new chat
        </Link>
      </Notice>
    </>
  );
}
