import { MessageCircleQuestion } from "lucide-react";
import Link from "next/link";
import { OpenDrawerButton } from "../shell/app-shell.tsx";
import { Notice } from "../controls/notice.tsx";

export function ChatNotFound() {
  return (
    <>
      <header className="chat-header md:hidden">
        <OpenDrawerButton />
      </header>
      <Notice icon={<MessageCircleQuestion aria-hidden />} title="This chat does not exist">
        <p>It may have been deleted, or the address is not complete.</p>
        <Link href="/" prefetch={false} className="link-button">
          Start a new chat
        </Link>
      </Notice>
    </>
  );
}
