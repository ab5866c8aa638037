/** The storage key of whether the chat list is hidden. */
export const sidebarKey = "sidebar";
