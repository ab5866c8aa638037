"use client";

import { Menu } from "lucide-react";
import { createContext, use } from "react";
import { IconButton } from "../controls/icon-button.tsx";

export const OpenDrawerContext = createContext<() => void>(() => undefined);

/** Opens the chat list on a narrow screen; hidden on a wide one, where the list is always visible. */
export function OpenDrawerButton() {
  const openDrawer = use(OpenDrawerContext);
  return (
    <IconButton label="Open chat list" onClick={openDrawer} className="md:hidden">
      <Menu aria-hidden />
    </IconButton>
  );
}
