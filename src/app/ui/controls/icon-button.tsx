import type { ButtonHTMLAttributes, ReactNode } from "react";

interface IconButtonProps extends Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  "aria-label" | "title"
> {
  /** The accessible name and the tooltip. */
  readonly label: string;
  readonly small?: boolean;
  readonly children: ReactNode;
}

/** The classes of an icon button, for links that look like one. */
export function iconButtonClass(small = false): string {
  const size = small
    ? "size-7 pointer-coarse:size-9 [&>svg]:size-4"
    : "size-8 pointer-coarse:size-10 [&>svg]:size-4.5";
  return `grid shrink-0 place-items-center rounded-md text-muted-foreground transition-colors hover:bg-accent hover:text-foreground data-active:text-primary aria-disabled:cursor-default aria-disabled:opacity-40 aria-disabled:hover:bg-transparent ${size}`;
}

export function IconButton({
  label,
  small = false,
  className = "",
  children,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${iconButtonClass(small)} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
