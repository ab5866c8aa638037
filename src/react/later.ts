/** What is loaded after the first sight of a page: see `loadLater`. */
export { changeOptimistically } from "./change-optimistically.ts";
export { ChatWatch } from "./chat-watch.ts";
export { respondToTool } from "./respond-to-tool.ts";
export { openShared } from "./shared-subscription.ts";
