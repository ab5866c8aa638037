import { MessageCircleQuestion } from "lucide-react";
import Link from "next/link";
import { Notice } from "../controls/notice.tsx";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";

export function ChatNotFound() {
  return (
    <>
      <header className="chat-header md:hidden">
        <OpenDrawerButton />
      </header>
      <Notice icon={<MessageCircleQuestion aria-hidden />} title="Chat not found">
        <p>It may have been deleted, or the link may be incomplete.</p>
        <Link href="/" prefetch={false} className="link-button">
          Start a new chat
        </Link>
      </Notice>
    </>
  );
}
