/** The storage key of the chosen theme, and the event that reports a change. */
export const themeKey = "theme";
export const themeChanged = "themechange";
