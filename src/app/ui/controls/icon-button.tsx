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
      className={`icon-button ${small ? "icon-button-small" : ""} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
