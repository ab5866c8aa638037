/** Where the chosen theme is stored, and the event that says that it has changed. */
export const themeKey = "theme";
export const themeChanged = "themechange";
