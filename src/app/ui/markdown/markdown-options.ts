import { createContext } from "react";
import { safeUrl } from "./safe-url.ts";

/** What an app decides about the links and images of a text that it did not write. */
export interface MarkdownOptions {
  /** Returns the address that a link leads to, or null to show its text alone. */
  readonly toHref: (address: string) => string | null;
  /**
   * Whether to load an image from this address. Otherwise the image is a link. The address can carry data out of the
   * conversation, so allow only hosts that you trust.
   */
  readonly canLoadImage: (address: string) => boolean;
}

export const MarkdownOptionsContext = createContext<MarkdownOptions>({
  toHref: safeUrl,
  canLoadImage: () => false,
});
