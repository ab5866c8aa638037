import { SquarePen } from "lucide-react";
import { memo } from "react";
import { useChatApp } from "../app/chat-app.ts";
import { iconButtonClass } from "../controls/icon-button.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { PageHeader } from "../shell/page-header.tsx";
import { useChatTitle } from "./use-chat-title.ts";

interface ChatHeaderProps {
  /** Null for a new chat. */
  readonly chatId: string | null;
  /** The stored title; null if there is none. */
  readonly title: string | null;
  /** What the chat begins with, for as long as it has no title. */
  readonly firstWords: string | undefined;
  readonly isEmpty: boolean;
}

/** The title of a chat and what can be done with it. */
export const ChatHeader = memo(function ChatHeader(props: ChatHeaderProps) {
  const { chatId, isEmpty } = props;
  const { Link } = useChatApp();
  const title = useChatTitle(chatId, props.title, props.firstWords);
  // The page has one h1. In an empty chat, the welcome text is it.
  const Title = isEmpty ? "p" : "h1";
  return (
    <PageHeader isBare={isEmpty}>
      <OpenDrawerButton />
      <Title className="min-w-0 flex-1 truncate px-1 text-sm font-medium">
        <span dir="auto">{title}</span>
      </Title>
      {chatId !== null && !isEmpty && <ExportMenu chatId={chatId} />}
      {!isEmpty && (
        <Link
          href="/"
          aria-label="New chat"
          title="New chat"
          className={`${iconButtonClass()} md:not-in-data-[sidebar=collapsed]:hidden`}
        >
          <SquarePen aria-hidden />
        </Link>
      )}
    </PageHeader>
  );
});
