import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { databaseProblem } from "../../../server/database-problem.ts";
import { findChat } from "../../../server/find-chat.ts";
import { prefetch } from "../../../server/prefetch.ts";
import { pageSize } from "../../../ui/app/page-size.ts";
import { ChatNotFound } from "../../../ui/conversation/chat-not-found.tsx";
import { ChatScreen } from "../../chat-screen.tsx";

interface ChatPageProps {
  readonly params: Promise<{ readonly id: string }>;
}

export async function generateMetadata({ params }: ChatPageProps): Promise<Metadata> {
  const { id } = await params;
  if ((await databaseProblem()) !== null) return {};
  // The page fails with the same error, and an error page without a title is hard to find among tabs.
  const chat = await findChat(id).catch(() => undefined);
  if (chat === undefined) return { title: "Something went wrong" };
  if (chat === null) return { title: "Chat not found", robots: { index: false } };
  return { title: chat.title ?? "New chat" };
}

/** The server renders the newest messages. */
export default async function ChatPage({ params }: ChatPageProps) {
  const { id: chatId } = await params;
  // The layout shows the problem.
  if ((await databaseProblem()) !== null) return null;
  // Not `notFound()`, for which Next sends an empty page that only the browser fills.
  if ((await findChat(chatId)) === null) return <ChatNotFound />;
  const state = await prefetch(async ({ chat }) => {
    await Promise.all([
      chat.get.prefetch({ chatId }),
      chat.messages.prefetchInfinite({ chatId, limit: pageSize }),
    ]);
  });
  return (
    <HydrationBoundary state={state}>
      <ChatScreen key={chatId} chatId={chatId} />
    </HydrationBoundary>
  );
}
