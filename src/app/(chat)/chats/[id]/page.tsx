import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { databaseProblem } from "../../../server/database-problem.ts";
import { findChat } from "../../../server/find-chat.ts";
import { prefetch } from "../../../server/prefetch.ts";
import { Conversation } from "../../../ui/conversation.tsx";

interface ChatPageProps {
  readonly params: Promise<{ readonly id: string }>;
}

export async function generateMetadata({ params }: ChatPageProps): Promise<Metadata> {
  const { id } = await params;
  if ((await databaseProblem()) !== null) return {};
  const chat = await findChat(id);
  return { title: chat?.title ?? (chat === null ? "Chat not found" : "New chat") };
}

/** The newest messages are part of the HTML. */
export default async function ChatPage({ params }: ChatPageProps) {
  const { id: chatId } = await params;
  // The layout says what is wrong.
  if ((await databaseProblem()) !== null) return null;
  if ((await findChat(chatId)) === null) notFound();
  const state = await prefetch(async ({ chat }) => {
    await Promise.all([chat.get.prefetch({ chatId }), chat.messages.prefetchInfinite({ chatId })]);
  });
  return (
    <HydrationBoundary state={state}>
      <Conversation key={chatId} chatId={chatId} />
    </HydrationBoundary>
  );
}
