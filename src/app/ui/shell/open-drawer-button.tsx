"use client";

import { PanelLeft } from "lucide-react";
import { createContext, use } from "react";
import { IconButton } from "../controls/icon-button.tsx";

export const OpenDrawerContext = createContext<() => void>(() => undefined);

/** Opens the chat list; hidden on a wide screen while the list is there. */
export function OpenDrawerButton() {
  const openDrawer = use(OpenDrawerContext);
  return (
    <IconButton
      label="Open chat list"
      onClick={openDrawer}
      className="md:not-in-data-[sidebar=collapsed]:hidden"
    >
      <PanelLeft aria-hidden className="rtl:-scale-x-100" />
    </IconButton>
  );
}
