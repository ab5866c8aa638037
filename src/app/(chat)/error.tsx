"use client";

import ErrorPage from "../error.tsx";
import { OpenDrawerButton } from "../ui/shell/open-drawer-button.tsx";

/** Replaces only the page, so the chat list stays available. */
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
