"use client";

import ErrorPage from "../error.tsx";
import { OpenDrawerButton } from "../ui/shell/open-drawer-button.tsx";
import { PageHeader } from "../ui/shell/page-header.tsx";

/** Replaces only the page, so the chat list stays available. */
export default function ChatErrorPage({ retry }: { readonly retry: () => void }) {
  return (
    <>
      <PageHeader isBare>
        <OpenDrawerButton />
      </PageHeader>
      <ErrorPage retry={retry} />
    </>
  );
}
