import type { AnchorHTMLAttributes } from "react";
import { createChatHooks } from "../../../src/react/index.ts";
import { FakeChatServer } from "../fakes/fake-chat-server.ts";

// Stands in for what a page of an app imports: the modules around the chat's hooks, `next/link` and `next/navigation`.

let server = new FakeChatServer();

/** Sets the server of the pages that are rendered from now on. */
export function setServer(next: FakeChatServer): void {
  server = next;
}

/** @public The pages import it. */
export const useTRPCClient = () => ({ chat: server.client });

/** @public The pages import it. */
export const { useChat } = createChatHooks(() => server.client);

/** @public The pages import it. */
export default function Link(props: AnchorHTMLAttributes<HTMLAnchorElement>) {
  return <a {...props} />;
}

const router = { replace: () => {} };

/** @public The pages import it. */
export const useRouter = () => router;

/** @public The pages import it. */
export const useSearchParams = () => new URLSearchParams({ id: "chat" });
