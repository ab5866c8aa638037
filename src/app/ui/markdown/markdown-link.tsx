import { ImageIcon } from "lucide-react";
import type { ReactNode } from "react";
import { use } from "react";
import { MarkdownOptionsContext } from "./markdown-options.ts";

interface MarkdownLinkProps {
  readonly address: string;
  readonly title: string | number | null;
  readonly children: ReactNode;
}

/** A link that opens in a new tab, or only its text if the address is not safe. */
export function MarkdownLink({ address, title, children }: MarkdownLinkProps) {
  const href = use(MarkdownOptionsContext).toHref(address);
  if (href === null) return children;
  return (
    <a
      href={href}
      title={title === null ? undefined : String(title)}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-primary underline decoration-1 underline-offset-3"
    >
      {children}
    </a>
  );
}

interface MarkdownImageProps {
  readonly address: string;
  readonly title: string | number | null;
  readonly alt: string;
}

/** An image that the app allows to load, or a link to it. */
export function MarkdownImage({ address, title, alt }: MarkdownImageProps) {
  const { canLoadImage } = use(MarkdownOptionsContext);
  if (canLoadImage(address)) {
    return (
      <img
        src={address}
        alt={alt}
        title={title === null ? undefined : String(title)}
        loading="lazy"
        className="inline-block max-h-96 rounded-lg"
      />
    );
  }
  return (
    <MarkdownLink address={address} title={title}>
      <ImageIcon aria-hidden className="me-1 inline size-[1em] align-[-0.125em]" />
      {alt || "Image"}
    </MarkdownLink>
  );
}
