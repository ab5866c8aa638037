"use client";

import ErrorPage from "../error.tsx";
import { OpenDrawerButton } from "../ui/shell/app-shell.tsx";

/** The list of chats stays beside it, or a touch away. */
export default function ChatErrorPage({ retry }: { readonly retry: () => void }) {
  return (
    <>
      <header className="chat-header md:hidden">
        <OpenDrawerButton />
      </header>
      <ErrorPage retry={retry} />
    </>
  );
}
