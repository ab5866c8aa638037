import type { ButtonHTMLAttributes } from "react";

type Variant = "outline" | "primary" | "destructive";

const variants: Readonly<Record<Variant, string>> = {
  outline: "border-input bg-card text-foreground hover:bg-accent",
  primary:
    "border-transparent bg-primary text-primary-foreground hover:bg-primary/90 disabled:bg-accent disabled:text-muted-foreground",
  destructive:
    "border-transparent bg-destructive text-background hover:opacity-90 disabled:bg-accent disabled:text-muted-foreground",
};

const sizes = {
  small: "h-7 gap-1.5 rounded-md px-2.5 text-sm pointer-coarse:h-9",
  medium: "h-8 gap-1.5 rounded-md px-3 text-sm pointer-coarse:h-10",
  large: "h-9 gap-2 rounded-lg px-4 text-sm pointer-coarse:h-11",
} as const;

/** The classes of a button, for links that look like one. */
export function buttonClass(
  variant: Variant = "outline",
  size: keyof typeof sizes = "small",
): string {
  return `inline-flex shrink-0 items-center justify-center border font-medium whitespace-nowrap transition-colors [&>svg]:size-3.5 [&>svg]:shrink-0 ${variants[variant]} ${sizes[size]}`;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: Variant;
  readonly size?: keyof typeof sizes;
}

export function Button({ variant, size, className = "", ...rest }: ButtonProps) {
  return (
    <button type="button" className={`${buttonClass(variant, size)} ${className}`} {...rest} />
  );
}
