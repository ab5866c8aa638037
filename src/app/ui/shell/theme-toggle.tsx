"use client";

import { Moon, Sun } from "lucide-react";
import { useTheme } from "../theme/use-theme.ts";
import { IconButton } from "../controls/icon-button.tsx";

export function ThemeToggle() {
  const [theme, setTheme] = useTheme();
  const next = theme === "dark" ? "light" : "dark";
  return (
    <IconButton
      label={theme === null ? "Toggle theme" : `Switch to ${next} theme`}
      onClick={() => setTheme(next)}
    >
      <Sun aria-hidden className="only-dark" />
      <Moon aria-hidden className="only-light" />
    </IconButton>
  );
}
