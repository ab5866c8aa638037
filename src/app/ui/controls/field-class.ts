/** The classes of a text field. */
export const fieldClass =
  "rounded-lg border border-input bg-background px-3 text-sm outline-none placeholder:text-muted-foreground focus:border-primary focus:outline-1 focus:outline-primary focus:outline-solid";
